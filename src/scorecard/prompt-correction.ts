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
 * Targets without a correction, and those whose correction is 0, are left out. Takes a few microseconds.
 */
export function correctionsFor(
  correction: PromptCorrection,
  features: PromptFeatures,
): Record<string, number> {
  const { means, scales, targets } = correction;
  const numbers = new Float64Array(means.length);
  for (let index = 0; index < numbers.length; index++)
    numbers[index] = scaledNumber(features.numbers[index] ?? means[index]!, means[index]!, scales[index]!);
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

function correctionOf(
  { numberWeights, wordWeights, wordScale }: TargetCorrection,
  numbers: Float64Array,
  { words }: PromptFeatures,
): number {
  let sum = 0;
  for (let index = 0; index < numbers.length; index++) sum += numbers[index]! * numberWeights[index]!;
  const signed = new Int8Array(wordWeights.buffer, wordWeights.byteOffset, wordWeights.length);
  let fromWords = 0;
  for (let index = 0; index < words.length; index++) fromWords += signed[words[index]!] ?? 0;
  return sum + fromWords * wordScale * wordShare(words.length);
}
