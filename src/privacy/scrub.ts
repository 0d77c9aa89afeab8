import { type Kind, personalKinds, secretKinds } from "./kinds.ts";
import { tryDetectNamed } from "./named-values.ts";
import { redactedPlaceholder } from "./placeholders.ts";
import { resolveOverlaps } from "./resolve-overlaps.ts";

/** What is kept of a text that could not be searched: nothing. */
export const withheld = "[WITHHELD]";

const secretsOnly: ReadonlySet<Kind> = new Set(secretKinds);
const surelyPrivate: ReadonlySet<Kind> = new Set(
  [...secretKinds, ...personalKinds].filter((kind) => kind !== "person" && kind !== "street_address"),
);
const everything: ReadonlySet<Kind> = new Set([...secretKinds, ...personalKinds]);

/**
 * A text without its secrets, for anything that is stored or logged. No policy can switch this off. `name` is the key that
 * the text stands under in JSON: `password` makes a secret of whatever it names. If not given, the text stands alone.
 */
export function scrub(text: string, name?: string): string {
  return without(text, secretsOnly, name);
}

/** As `scrub`, and without personal data as well, for records that hold redacted text only. */
export function scrubAll(text: string, name?: string): string {
  return without(text, everything, name);
}

/**
 * As `scrubAll`, for the value of a label. Names and streets stay: they are guessed by their words, and half of all teams
 * and projects are named like one.
 */
export function scrubLabel(value: string, name: string): string {
  return without(value, surelyPrivate, name);
}

function without(text: string, kinds: ReadonlySet<Kind>, name: string | undefined): string {
  const { found, failures } = tryDetectNamed(name, text, { kinds });
  if (failures.length > 0) return withheld;
  let output = "";
  let done = 0;
  for (const { start, end, kind } of resolveOverlaps(found)) {
    output += text.slice(done, start) + redactedPlaceholder(kind);
    done = end;
  }
  return done === 0 ? text : output + text.slice(done);
}
