import { createHmac } from "node:crypto";
import { allKinds, type Kind } from "./kinds.ts";
import { PrivacyError } from "./privacy-error.ts";

/** The longest text that can be a restorable placeholder: what a streaming restorer may have to hold back. */
export const longestPlaceholder = 40;

/** Matches every text that looks like a restorable placeholder, ours or not. */
export const placeholderPattern: RegExp = new RegExp(
  `\\[(?:${[...allKinds.map(labelOf), "LITERAL"].join("|")})_[1-9]\\d{0,6}\\]`,
  "g",
);

/** What a kind is called inside a placeholder. */
export function labelOf(kind: Kind): string {
  return kind.toUpperCase();
}

/** The placeholder of a value that does not come back. */
export function redactedPlaceholder(kind: Kind): string {
  return `[${labelOf(kind)}]`;
}

/**
 * The placeholder of a value by its keyed hash: the same for the same value within a tenant, unlinkable between tenants
 * and without the key. 64 bits: enough to tell values apart, too few to carry them.
 */
export function hashedPlaceholder(kind: Kind, value: string, key: Uint8Array, tenant: string): string {
  const digest = createHmac("sha256", key).update(`${tenant.length}:${tenant}${kind}:${value}`).digest("hex");
  return `[${labelOf(kind)}:${digest.slice(0, 16)}]`;
}

/** The placeholders of one request, and the values behind them. */
export type PlaceholderTable = {
  /** The placeholder of a value: the same for the same value, whatever kind it was found as later. */
  readonly placeholderOf: (value: string, kind: Kind | "literal") => string;
  /** The value behind a placeholder, if this request gave it out. */
  readonly valueOf: (placeholder: string) => string | undefined;
  /** How many values are held. */
  readonly size: () => number;
};

/** An empty table. It throws PrivacyError `too_many_values` instead of growing beyond `mostValues`. */
export function createPlaceholderTable(mostValues: number): PlaceholderTable {
  const placeholders = new Map<string, string>();
  const values = new Map<string, string>();
  const counters = new Map<string, number>();
  return {
    placeholderOf(value, kind) {
      const known = placeholders.get(value);
      if (known !== undefined) return known;
      if (values.size >= mostValues) {
        throw new PrivacyError(
          "too_many_values",
          `A request may hold at most ${mostValues} different private values.`,
        );
      }
      const label = kind === "literal" ? "LITERAL" : labelOf(kind);
      const number = (counters.get(label) ?? 0) + 1;
      counters.set(label, number);
      const placeholder = `[${label}_${number}]`;
      placeholders.set(value, placeholder);
      values.set(placeholder, value);
      return placeholder;
    },
    valueOf: (placeholder) => values.get(placeholder),
    size: () => values.size,
  };
}
