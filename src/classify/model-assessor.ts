import type { Assessment, Assessor, Influence, Score } from "./assessor.ts";
import { type DifficultyEvidence, loadDifficulty } from "./difficulty.ts";
import { loadEmbedding } from "./embedding.ts";
import { createFeaturiser, type Features, type Featuriser } from "./features.ts";
import { loadNetwork, type Network } from "./network.ts";
import { promptFeaturesOf } from "./prompt-features.ts";
import type { Reading } from "./reading.ts";
import { READING_LOAD_NAMES } from "./reading-load.ts";
import { taskIndex } from "./task-names.ts";
import { readTensorFile } from "./tensor-file.ts";
import { loadWordLevels } from "./word-levels.ts";

const HEADS = ["task", "difficulty", "harmful", "injection"] as const;
type HeadName = (typeof HEADS)[number];

/** Judges by the trained model that ships with the service. Throws ClassifyError if its weights cannot be read. */
export function createModelAssessor(): Assessor {
  const file = readTensorFile(new URL("./weights/heads.bin", import.meta.url));
  const rulesShare = typeof file.meta.rules === "number" ? file.meta.rules : 0;
  const featuriser = createFeaturiser(loadEmbedding(), loadWordLevels());
  const network = loadNetwork(file, HEADS, rulesShare);
  const judgeDifficulty = loadDifficulty(file, {
    choices: featuriser.denseNames.indexOf("lettered choices"),
    load: featuriser.denseNames.indexOf(READING_LOAD_NAMES[0]),
  });
  return { assess: (reading) => assess(reading, featuriser, network, judgeDifficulty) };
}

const MATHEMATICS = taskIndex("math_reasoning");

function assess(
  reading: Reading,
  featuriser: Featuriser,
  network: Network<HeadName>,
  judgeDifficulty: (evidence: DifficultyEvidence) => Score,
): Assessment {
  const features = featuriser.featurise(reading);
  const logits = network.logits(features);
  const explain = (head: HeadName, output: number, others: boolean): Influence[] =>
    influences(features, featuriser, network.influence(features, head, output, others));
  const tasks = softmax(logits.task);
  return {
    tasks,
    difficulty: judgeDifficulty({ features, level: logits.difficulty[0]!, mathematics: tasks[MATHEMATICS]! }),
    harmful: score(logits.harmful[0]!),
    injection: score(logits.injection[0]!),
    promptFeatures: () => promptFeaturesOf(features, featuriser),
    explainTask: (index) => explain("task", index, true),
    explain: (head) => explain(head, 0, false),
  };
}

function influences(
  features: Features,
  featuriser: Featuriser,
  { dense, hashed }: { dense: Float32Array; hashed: Float32Array },
): Influence[] {
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
  // A word counts at its place, in the instruction and in the whole text: a person is told once.
  const byWords = new Map<string, number>();
  features.hashedNames().forEach((name, index) => {
    byWords.set(name, (byWords.get(name) ?? 0) + hashed[index]!);
  });
  for (const [feature, weight] of byWords) found.push({ feature, weight });
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
  const powers = new Float32Array(logits.length);
  let top = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < logits.length; index++) top = Math.max(top, logits[index]!);
  let total = 0;
  for (let index = 0; index < logits.length; index++) {
    powers[index] = Math.exp(logits[index]! - top);
    total += powers[index]!;
  }
  for (let index = 0; index < powers.length; index++) powers[index]! /= total;
  return powers;
}
