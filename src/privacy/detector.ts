import type { Kind } from "./kinds.ts";
import type { Anchors } from "./scan.ts";

/** One private value in a text: `[start, end)` in UTF-16 code units. */
export type Span = {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
  /** How sure the detector is, 0..1. A checksum or an unmistakable prefix gives 0.95 and more, a guess 0.5. */
  readonly confidence: number;
  /** Which rule found it, for explanation: a detector name, or `detector:rule`. */
  readonly detector: string;
};

/** Called for every value found. */
export type Emit = (start: number, end: number, kind: Kind, confidence: number, rule?: string) => void;

/**
 * Finds values of some kinds. `run` must be linear in the text and must call `tick` at least once per anchor, which is
 * where the time bound is kept: it throws when the time is over.
 */
export type Detector = {
  readonly name: string;
  readonly kinds: readonly Kind[];
  readonly run: (anchors: Anchors, emit: Emit, tick: () => void) => void;
};
