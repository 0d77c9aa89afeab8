import { create } from "@bufbuild/protobuf";
import { Role, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { type Classification, createClassifier } from "../../src/classify/classifier.ts";
import { loadEmbedding } from "../../src/classify/embedding.ts";
import { promptFeaturesId } from "../../src/classify/prompt-features.ts";
import { fitOutcomes } from "../../src/scorecard/fit-outcomes.ts";
import { curveFor } from "../../src/scorecard/lookup.ts";
import { correctionsFor } from "../../src/scorecard/prompt-correction.ts";
import { successProbability } from "../../src/scorecard/success-probability.ts";
import { fitKernelRidge } from "./kernel-ridge.ts";
import { centreVectors, featurise } from "./prompt-features.ts";
import { createRandom } from "./random.ts";
import type { RoutingRow } from "./routing-data.ts";

/** Scores questions: the higher, the sooner the strong model is called. */
export interface Router {
  readonly name: string;
  /** What it has seen of the benchmark or of the two models. */
  readonly labels: string;
  readonly scores: Float64Array;
}

/** The two models between which questions are divided. */
export interface ModelPair {
  readonly strong: string;
  readonly weak: string;
}

/** Knows nothing. */
export function randomRouter(rows: readonly RoutingRow[]): Router {
  const random = createRandom(1);
  return { name: "random", labels: "none", scores: Float64Array.from(rows, random) };
}

/** Longer is harder. */
export function lengthRouter(rows: readonly RoutingRow[]): Router {
  return {
    name: "prompt length",
    labels: "none",
    scores: Float64Array.from(rows, (row) => row.prompt.length),
  };
}

/** The classifier that ships, its weights included where it has some. */
export function difficultyRouter(rows: readonly RoutingRow[]): Router {
  const classify = createPromptClassifier();
  return {
    name: "the classifier's difficulty",
    labels: "none",
    scores: Float64Array.from(rows, (row) => classify(row.prompt).difficulty),
  };
}

/** Classifies single prompts as the service would. */
export function createPromptClassifier(): (prompt: string) => Classification {
  const classifier = createClassifier();
  return (prompt) =>
    classifier.classify(
      create(RouteInputSchema, {
        turns: [{ role: Role.USER, parts: [{ content: { case: "text", value: prompt } }] }],
      }),
    );
}

/**
 * The scorecard itself: success curves over the classifier's task and difficulty, fitted to labels of the benchmark; the
 * score is by how much the strong model is likelier to succeed.
 */
export function curveRouter(rows: readonly RoutingRow[], pair: ModelPair, labelCount: number): Router {
  const classify = createPromptClassifier();
  const outcomes = rows.map((row) => {
    const { task, difficulty } = classify(row.prompt);
    return [pair.strong, pair.weak].map((targetId) => ({
      questionId: row.id,
      targetId,
      task,
      difficulty,
      score: row.scores.get(targetId)!,
      cost: undefined,
    }));
  });
  return crossFitted("scorecard curves", rows.length, labelCount, (training) => {
    const { scorecard } = fitOutcomes(training.flatMap((index) => outcomes[index]!));
    return (index) => {
      const [strong, weak] = outcomes[index]!.map(({ targetId, task, difficulty }) =>
        successProbability(curveFor(scorecard, targetId, task)!, difficulty),
      );
      return strong! - weak!;
    };
  });
}

/** Curves, and what prompts say beyond them: all that `fit` learns, as the service applies it. */
export function correctedRouter(rows: readonly RoutingRow[], pair: ModelPair, labelCount: number): Router {
  const classify = createPromptClassifier();
  const outcomes = rows.map((row) => {
    const { task, difficulty, promptFeatures } = classify(row.prompt);
    const features = promptFeatures();
    return [pair.strong, pair.weak].map((targetId) => ({
      questionId: row.id,
      targetId,
      task,
      difficulty,
      score: row.scores.get(targetId)!,
      cost: undefined,
      features,
    }));
  });
  return crossFitted("scorecard with prompts", rows.length, labelCount, (training) => {
    const { scorecard } = fitOutcomes(
      training.flatMap((index) => outcomes[index]!),
      { featuresId: promptFeaturesId() },
    );
    const correction = scorecard.promptCorrection;
    return (index) => {
      const corrections = correction ? correctionsFor(correction, outcomes[index]![0]!.features) : {};
      const [strong, weak] = outcomes[index]!.map(({ targetId, task, difficulty }) =>
        successProbability(curveFor(scorecard, targetId, task)!, difficulty, corrections[targetId]),
      );
      return strong! - weak!;
    };
  });
}

/** Learns from labels of the benchmark what the strong model gains over the weak one, from words and form. */
export function learnedRouter(rows: readonly RoutingRow[], pair: ModelPair, labelCount: number): Router {
  const embedding = loadEmbedding();
  const features = rows.map((row) => featurise(row.prompt, embedding));
  centreVectors(features);
  const gains = rows.map((row) => row.scores.get(pair.strong)! - row.scores.get(pair.weak)!);
  return crossFitted("kernel ridge", rows.length, labelCount, (training) => {
    const fit = fitKernelRidge(
      training.map((index) => features[index]!),
      training.map((index) => gains[index]!),
    );
    return (index) => fit.predict(features[index]!);
  });
}

/**
 * Every question is scored by a fit that has seen exactly `labelCount` other questions, or all of the other parts together
 * where these are fewer.
 */
function crossFitted(
  name: string,
  rowCount: number,
  labelCount: number,
  learn: (training: readonly number[]) => (index: number) => number,
): Router {
  const shuffled = shuffle(rowCount);
  const scores = new Float64Array(rowCount);
  const parts = Math.max(2, Math.min(7, Math.floor(rowCount / labelCount)));
  const size = Math.ceil(rowCount / parts);
  for (let part = 0; part < parts; part++) {
    const held = shuffled.slice(part * size, (part + 1) * size);
    const others = [...shuffled.slice((part + 1) * size), ...shuffled.slice(0, part * size)];
    const score = learn(others.slice(0, labelCount));
    for (const index of held) scores[index] = score(index);
  }
  return { name, labels: `${Math.min(labelCount, rowCount - size)} of the benchmark`, scores };
}

function shuffle(count: number): number[] {
  const random = createRandom(2);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}
