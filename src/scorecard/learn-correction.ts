import { create } from "@bufbuild/protobuf";
import {
  type PromptCorrection,
  PromptCorrectionSchema,
  type TargetCorrection,
  TargetCorrectionSchema,
} from "#gen/pointsman/v1/scorecard_pb.ts";
import { fitLogisticRidge, type LogisticRow } from "./logistic-ridge.ts";
import { type PromptFeatures, scaledNumber, wordShare } from "./prompt-correction.ts";

/** An outcome of a prompt. */
export interface PromptOutcome {
  readonly features: PromptFeatures;
  readonly targetId: string;
  /** Log-odds of success by the target's curve. */
  readonly base: number;
  /** 0 to 1. */
  readonly score: number;
}

/** How strongly weights are held at 0: one over the variance that they are believed to have. Chosen on MMLU. */
const PENALTY = 8;
/** What word sequences count beside vector and form, as a variance. Chosen on MMLU. */
const WORD_VARIANCE = 2;
/** A number that hardly varies is not blown up. */
const LEAST_DEVIATION = 0.03;
/** A word sequence has to be in this many prompts to be learned from. */
const FEWEST_PROMPTS = 2;
/** With fewer outcomes a target gets no correction: curves need them more. */
const FEWEST_OUTCOMES = 50;
const BUCKETS = 16_384;

/**
 * Learns what prompts say of targets beyond their curves: for each target a linear function of vector, form and words of a
 * prompt, added to the log-odds. Undefined where no target has outcomes enough.
 *
 * @param featuresId names the features
 */
export function learnCorrection(
  outcomes: readonly PromptOutcome[],
  featuresId: string,
): PromptCorrection | undefined {
  const byTarget = [...Map.groupBy(outcomes, ({ targetId }) => targetId)]
    .filter(([, ofTarget]) => ofTarget.length >= FEWEST_OUTCOMES)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const prompts = [...new Set(byTarget.flatMap(([, ofTarget]) => ofTarget.map(({ features }) => features)))];
  if (prompts.length === 0) return undefined;
  const view = createView(prompts);
  const inputs = new Map(prompts.map((features) => [features, view.inputOf(features)]));
  const width = view.means.length + BUCKETS;
  return create(PromptCorrectionSchema, {
    features: featuresId,
    means: view.means,
    scales: view.scales,
    targets: byTarget.map(([targetId, ofTarget]) => {
      const rows = ofTarget.map(({ features, base, score }) => ({
        ...inputs.get(features)!,
        base,
        success: score,
      }));
      return toTarget(targetId, ofTarget.length, fitLogisticRidge(rows, width, PENALTY), view);
    }),
  });
}

interface View {
  readonly means: number[];
  readonly scales: number[];
  /** What each word sequence counts; 0 for those that are too rare. */
  readonly wordWeights: Float64Array;
  inputOf(features: PromptFeatures): Pick<LogisticRow, "places" | "values">;
}

/** Scales numbers and weighs words as the prompts say: the vector as a whole varies by 1, and so do the measures of form. */
function createView(prompts: readonly PromptFeatures[]): View {
  const { numbers, vectorLength } = prompts[0]!;
  const columns = Array.from(numbers, (_, index) => spread(prompts.map((prompt) => prompt.numbers[index]!)));
  const vectorVariance = columns
    .slice(0, vectorLength)
    .reduce((sum, { deviation }) => sum + deviation * deviation, 0);
  const vectorScale = 1 / Math.sqrt(vectorVariance || 1);
  const formShare = 1 / Math.sqrt(Math.max(1, numbers.length - vectorLength));
  const means = columns.map(({ mean }) => Math.fround(mean));
  const scales = columns.map(({ deviation }, index) =>
    Math.fround(index < vectorLength ? vectorScale : formShare / Math.max(LEAST_DEVIATION, deviation)),
  );
  const counts = new Uint32Array(BUCKETS);
  for (const { words } of prompts) for (const word of words) counts[word]!++;
  const wordWeights = Float64Array.from(counts, (count) =>
    count < FEWEST_PROMPTS ? 0 : Math.log(prompts.length / count) + 1,
  );
  // In units of what a prompt's words weigh on average, so that words as a whole count as much as they are meant to.
  const meanSquare =
    prompts.reduce((sum, { words }) => sum + squareOf(words, wordWeights) / Math.max(1, words.length), 0) /
    prompts.length;
  const unit = Math.sqrt(WORD_VARIANCE / (meanSquare || 1));
  for (let bucket = 0; bucket < BUCKETS; bucket++) wordWeights[bucket]! *= unit;
  return {
    means,
    scales,
    wordWeights,
    inputOf(features) {
      const known = features.words.filter((word) => wordWeights[word] !== 0);
      const share = wordShare(features.words.length);
      const places = new Uint32Array(means.length + known.length);
      const values = new Float64Array(places.length);
      for (let index = 0; index < means.length; index++) {
        places[index] = index;
        values[index] = scaledNumber(features.numbers[index]!, means[index]!, scales[index]!);
      }
      for (let index = 0; index < known.length; index++) {
        places[means.length + index] = means.length + known[index]!;
        values[means.length + index] = wordWeights[known[index]!]! * share;
      }
      return { places, values };
    },
  };
}

function squareOf(words: Uint32Array, weights: Float64Array): number {
  return words.reduce((sum, word) => sum + weights[word]! ** 2, 0);
}

function spread(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

function toTarget(targetId: string, count: number, weights: Float64Array, view: View): TargetCorrection {
  const size = view.means.length;
  const words = view.wordWeights.map((weight, bucket) => weight * weights[size + bucket]!);
  const most = words.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 1e-9);
  const wordScale = most / 127;
  return create(TargetCorrectionSchema, {
    targetId,
    outcomeCount: count,
    numberWeights: Array.from(weights.subarray(0, size), Math.fround),
    wordWeights: Uint8Array.from(words, (weight) => Math.round(weight / wordScale) & 0xff),
    wordScale,
  });
}
