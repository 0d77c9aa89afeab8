import { isWordCharacter } from "./characters.ts";
import type { Span } from "./detector.ts";
import type { Kind } from "./kinds.ts";

/** Values already found in a request, so that they are also found where nothing around them gives them away. */
export type KnownValues = {
  /** Remembers a value. Short ones and those beyond the bound are not remembered. */
  readonly add: (value: string, kind: Kind) => void;
  /** Every other place in a text where a remembered value stands as a word of its own. */
  readonly find: (text: string) => Span[];
};

const shortest = 4;

/**
 * An empty memory of at most `most` values (default 128): each costs one search of every text, so without the bound the
 * work would be the product of two things that a caller chooses.
 */
export function createKnownValues(most = 128): KnownValues {
  const values = new Map<string, Kind>();
  return {
    add(value, kind) {
      if (value.length >= shortest && value.length <= 256 && values.size < most && !values.has(value))
        values.set(value, kind);
    },
    find(text) {
      const spans: Span[] = [];
      for (const [value, kind] of values) {
        for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
          const end = at + value.length;
          const glued =
            (isWordCharacter(text, at) && isWordCharacter(text, at - 1)) ||
            (isWordCharacter(text, end - 1) && isWordCharacter(text, end));
          if (!glued) spans.push({ start: at, end, kind, confidence: 0.5, detector: "known_values" });
        }
      }
      return spans;
    },
  };
}
