import type { Classification } from "./classifier.ts";
import { ABSTAIN_BELOW, taskName } from "./classifier.ts";

/** Say in plain sentences what the classifier made of a request, why, and how sure it is. */
export function explainClassification(classification: Classification): string[] {
  const { taskConfidence, difficulty, difficultyConfidence, harmfulScore, injectionScore } = classification;
  const task = taskName(classification.task).replaceAll("_", " ");
  const sentences = [
    taskConfidence < ABSTAIN_BELOW
      ? `The task is not clear; the best guess is ${task} (${percent(taskConfidence)} sure).`
      : `This looks like ${task} (${percent(taskConfidence)} sure).`,
  ];
  if (classification.continued) sentences.push("The last turn only continues what was asked before it.");
  const reasons = listed(classification, "task", 1);
  if (reasons !== "") sentences.push(`What spoke for it: ${reasons}.`);
  const doubts = listed(classification, "task", -1);
  if (doubts !== "") sentences.push(`What spoke against it: ${doubts}.`);
  sentences.push(
    `It looks ${level(difficulty)} (difficulty ${difficulty.toFixed(2)} of 1, ${percent(difficultyConfidence)} sure).`,
  );
  const harder = listed(classification, "difficulty", 1);
  if (harder !== "") sentences.push(`Harder because of ${harder}.`);
  const easier = listed(classification, "difficulty", -1);
  if (easier !== "") sentences.push(`Easier because of ${easier}.`);
  if (harmfulScore >= 0.5) {
    sentences.push(`It may ask for something harmful (score ${harmfulScore.toFixed(2)}).`);
    sentences.push(...reasonsFor(classification, "harmful"));
  }
  if (injectionScore >= 0.5) {
    sentences.push(
      `It may try to turn the model against its instructions (score ${injectionScore.toFixed(2)}).`,
    );
    sentences.push(...reasonsFor(classification, "injection"));
  }
  return sentences;
}

function reasonsFor(classification: Classification, risk: "harmful" | "injection"): string[] {
  const [reasons, doubts] = [listed(classification, risk, 1), listed(classification, risk, -1)];
  return [
    ...(reasons === "" ? [] : [`What raised this score: ${reasons}.`]),
    ...(doubts === "" ? [] : [`What lowered it: ${doubts}.`]),
  ];
}

function listed(classification: Classification, subject: string, sign: 1 | -1): string {
  return classification
    .contributions()
    .filter((contribution) => contribution.subject === subject && contribution.weight * sign > 0)
    .slice(0, 3)
    .map(({ feature, weight }) => `${feature} (${weight > 0 ? "+" : ""}${weight.toFixed(2)})`)
    .join(", ");
}

function level(difficulty: number): string {
  if (difficulty < 0.3) return "easy";
  return difficulty < 0.6 ? "of medium difficulty" : "hard";
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
