import type { Assessment, Assessor, Influence, Score } from "./assessor.ts";
import { loadEmbedding } from "./embedding.ts";
import { createFeaturiser, type Features, type Featuriser } from "./features.ts";
import { type Head, loadHead } from "./network.ts";
import type { Reading } from "./reading.ts";
import { readTensorFile } from "./tensor-file.ts";

/** Judges by the trained model that ships with the service. Throws ClassifyError if its weights cannot be read. */
export function createModelAssessor(): Assessor {
  const file = readTensorFile(new URL("./weights/heads.bin", import.meta.url));
  const rulesShare = typeof file.meta.rules === "number" ? file.meta.rules : 0;
  const featuriser = createFeaturiser(loadEmbedding());
  const heads = {
    task: loadHead(file, "task", rulesShare),
    difficulty: loadHead(file, "difficulty"),
    harmful: loadHead(file, "harmful"),
    injection: loadHead(file, "injection"),
  };
  return { assess: (reading) => assess(reading, featuriser, heads) };
}

type Heads = Record<"task" | "difficulty" | "harmful" | "injection", Head>;

function assess(reading: Reading, featuriser: Featuriser, heads: Heads): Assessment {
  const features = featuriser.featurise(reading);
  const known = features.hashed.length > 0;
  return {
    tasks: softmax(heads.task.logits(features)),
    difficulty: { value: logistic(heads.difficulty.logits(features)[0]!), confidence: known ? 0.5 : 0.1 },
    harmful: score(heads.harmful.logits(features)[0]!),
    injection: score(heads.injection.logits(features)[0]!),
    explainTask: (index) => influences(features, featuriser, heads.task, index, true),
    explainDifficulty: () => influences(features, featuriser, heads.difficulty, 0, false),
  };
}

function influences(
  features: Features,
  featuriser: Featuriser,
  head: Head,
  output: number,
  others: boolean,
): Influence[] {
  const { dense, hashed } = head.influence(features, output, others);
  const found: Influence[] = [];
  featuriser.embeddings.forEach((part, index) => {
    const start = index * featuriser.dimensions;
    const weight = dense
      .subarray(start, start + featuriser.dimensions)
      .reduce((sum, value) => sum + value, 0);
    found.push({ feature: `meaning of the ${part}`, weight });
  });
  featuriser.denseNames.forEach((feature, index) => {
    if (feature !== "") found.push({ feature, weight: dense[index]! });
  });
  features.hashedNames.forEach((name, index) => {
    found.push({ feature: `"${name}"`, weight: hashed[index]! });
  });
  return found
    .filter(({ weight }) => Math.abs(weight) > 0.01)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, 12);
}

/** A probability far from one half is a sure one. */
function score(logit: number): Score {
  const value = logistic(logit);
  return { value, confidence: Math.abs(2 * value - 1) };
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function softmax(logits: Float32Array): Float32Array {
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
