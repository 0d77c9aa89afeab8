import type { PromptCorrection, TargetCorrection } from "#gen/pointsman/v1/scorecard_pb.ts";

/** What a prompt is about and how it is put, as the classifier measures it. */
export interface PromptFeatures {
  /** A vector of length 1, then measures of form. */
  readonly numbers: Float32Array;
  /** How many of the numbers are of the vector. */
  readonly vectorLength: number;
  /** Buckets of word sequences, each once. */
  readonly words: Uint32Array;
}

/** No number says more than this, in its scaled form: an odd prompt must not decide by one measure alone. */
const MOST_NUMBER = 0.4;
/** Log-odds are corrected by at most this. */
const MOST_CORRECTION = 3;
/** Corrections are kept in steps of one hundredth. */
const STEPS = 100;

/** A number once its mean is taken off, scaled and bounded. */
export function scaledNumber(value: number, mean: number, scale: number): number {
  return Math.max(-MOST_NUMBER, Math.min(MOST_NUMBER, (value - mean) * scale));
}

/** By how much each word sequence of a prompt counts: a long prompt has many, and none may drown the rest. */
export function wordShare(count: number): number {
  return 1 / Math.sqrt(Math.max(1, count));
}

/**
 * What prompts like this one say of each target beyond task and difficulty: what is to be added to the log-odds of success.
 * Targets without a correction, and those whose correction is 0, are left out. A microsecond or two, and one for every target.
 */
export function correctionsFor(
  correction: PromptCorrection,
  features: PromptFeatures,
): Record<string, number> {
  const { means, scales, targets } = correction;
  const numbers = Float64Array.from(means, (mean, index) =>
    scaledNumber(features.numbers[index] ?? mean, mean, scales[index]!),
  );
  const corrections: Record<string, number> = {};
  for (const target of targets) {
    const bounded = Math.max(
      -MOST_CORRECTION,
      Math.min(MOST_CORRECTION, correctionOf(target, numbers, features)),
    );
    const rounded = Math.round(bounded * STEPS) / STEPS;
    if (rounded !== 0) corrections[target.targetId] = rounded;
  }
  return corrections;
}

function correctionOf(target: TargetCorrection, numbers: Float64Array, { words }: PromptFeatures): number {
  let sum = 0;
  for (let index = 0; index < numbers.length; index++) sum += numbers[index]! * target.numberWeights[index]!;
  let fromWords = 0;
  for (let index = 0; index < words.length; index++) {
    const byte = target.wordWeights[words[index]!] ?? 0;
    fromWords += byte > 127 ? byte - 256 : byte;
  }
  return sum + fromWords * target.wordScale * wordShare(words.length);
}
