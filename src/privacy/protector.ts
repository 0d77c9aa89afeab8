import { type Action, type ActionRule, settleActions } from "./actions.ts";
import { type Detection, type DetectOptions, failureError, tryDetect } from "./detect.ts";
import type { Span } from "./detector.ts";
import type { Kind } from "./kinds.ts";
import { createKnownValues } from "./known-values.ts";
import {
  createPlaceholderTable,
  hashedPlaceholder,
  placeholderPattern,
  redactedPlaceholder,
} from "./placeholders.ts";
import { PrivacyError } from "./privacy-error.ts";
import { resolveOverlaps } from "./resolve-overlaps.ts";
import { createStreamRestorer, type RestoreFormat, restoreText, type StreamRestorer } from "./restorer.ts";

/** A text with its private values dealt with. */
export type Protection = {
  /** The text that may leave. */
  readonly text: string;
  /** Findings by kind, allowed ones excepted. */
  readonly counts: Readonly<Partial<Record<Kind, number>>>;
  /** Kinds that were found and whose action is `block`: the request must be refused. */
  readonly blockedKinds: readonly Kind[];
  /** Kinds that no rule calls critical and whose detector failed, so that findings may be missing. */
  readonly undecidedKinds: readonly Kind[];
};

/** Deals with the private values of one request; every string of the request goes through the same protector. */
export type Protector = {
  /** Protects one text. Throws PrivacyError if a critical kind could not be looked for. */
  readonly protect: (text: string, detection?: Detection) => Protection;
  /** Learns values that are to be protected in every text from now on; for requests of many strings, before `protect`. */
  readonly learn: (text: string, detection: Detection) => void;
  /** Puts values back into a whole answer. */
  readonly restore: (text: string, format?: RestoreFormat) => string;
  /** Puts values back into an answer that arrives in pieces. One for each stream of text or arguments. */
  readonly restorer: (format?: RestoreFormat) => StreamRestorer;
};

/** What a protector works with beside the rules. */
export type ProtectorOptions = {
  /** Key of the hash action, at least 16 bytes. Required if any rule hashes. */
  readonly hashKey?: Uint8Array;
  /** The tenant within which equal values have equal hashes. Default: none. */
  readonly tenant?: string;
  /** How texts are searched. The kinds follow from the rules. */
  readonly detect?: Omit<DetectOptions, "kinds">;
  /** The longest text taken, in UTF-16 code units. Default 8 Mi. */
  readonly longestText?: number;
  /** The most different values that one request may hold. Default 10,000. */
  readonly mostValues?: number;
};

const shortestHashKey = 16;

/** A protector for one request. Throws PrivacyError `invalid_actions` if the rules make no sense. */
export function createProtector(rules: readonly ActionRule[], options: ProtectorOptions = {}): Protector {
  const actions = settleActions(rules);
  const { hashKey, tenant = "", longestText = 8 * 1024 * 1024, mostValues = 10_000 } = options;
  const handled = new Set(
    [...actions.byKind].filter(([, action]) => action !== "allow").map(([kind]) => kind),
  );
  const wanted = new Set([...handled, ...actions.critical]);
  if (
    [...actions.byKind.values()].includes("hash") &&
    (hashKey === undefined || hashKey.length < shortestHashKey)
  ) {
    throw new PrivacyError(
      "invalid_actions",
      `The action "hash" needs a key of at least ${shortestHashKey} bytes.`,
    );
  }
  const table = createPlaceholderTable(mostValues);
  const known = createKnownValues();
  return {
    protect,
    learn(text, detection) {
      if (detection.found.length === 0) return;
      for (const span of resolveOverlaps(handledSpans(detection)))
        known.add(text.slice(span.start, span.end), span.kind);
    },
    restore: (text, format) => restoreText(text, table, format),
    restorer: (format) => createStreamRestorer(table, format),
  };

  function protect(text: string, detection?: Detection): Protection {
    if (text.length > longestText) {
      throw new PrivacyError(
        "text_too_long",
        `A text of ${text.length} characters is more than the ${longestText} allowed.`,
      );
    }
    const { found, failures } = detection ?? tryDetect(text, { ...options.detect, kinds: wanted });
    for (const failure of failures) {
      if (failure.kinds.some((kind) => actions.critical.has(kind))) throw failureError(failure);
    }
    const certain = resolveOverlaps(handledSpans({ found, failures }));
    for (const span of certain) known.add(text.slice(span.start, span.end), span.kind);
    const spans = resolveOverlaps([...certain, ...known.find(text)]);
    const undecidedKinds = [...new Set(failures.flatMap((failure) => failure.kinds))].filter((kind) =>
      handled.has(kind),
    );
    return { ...replaceAll(text, spans), undecidedKinds };
  }

  function handledSpans({ found }: Detection): Span[] {
    return found.filter((span) => handled.has(span.kind));
  }

  function replaceAll(text: string, spans: readonly Span[]): Omit<Protection, "undecidedKinds"> {
    const counts: Partial<Record<Kind, number>> = {};
    const blockedKinds = new Set<Kind>();
    let output = "";
    let done = 0;
    for (const { start, end, kind } of spans) {
      const action = actions.byKind.get(kind)!;
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (action === "block") blockedKinds.add(kind);
      output += guardLiterals(text.slice(done, start)) + placeholder(kind, action, text.slice(start, end));
      done = end;
    }
    output += guardLiterals(text.slice(done));
    return { text: output, counts, blockedKinds: [...blockedKinds] };
  }

  function placeholder(kind: Kind, action: Action, value: string): string {
    switch (action) {
      case "tokenise":
        return table.placeholderOf(value, kind);
      case "hash":
        return hashedPlaceholder(kind, value, hashKey!, tenant);
      case "redact":
      case "block":
        return redactedPlaceholder(kind);
      case "allow":
        return value;
    }
  }

  /** A text that happens to look like one of our placeholders becomes a value itself, and so comes back as it was. */
  function guardLiterals(text: string): string {
    if (!text.includes("[")) return text;
    return text.replace(placeholderPattern, (literal) => table.placeholderOf(literal, "literal"));
  }
}
