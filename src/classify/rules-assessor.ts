import type { Assessment, Assessor, Influence } from "./assessor.ts";
import { DIFFICULTY_PHRASES } from "./lexicon/difficulty-phrases.ts";
import { createPhraseMatcher, type PhraseMatch, type PhraseMatcher } from "./lexicon/phrase-matcher.ts";
import { INJECTION_PHRASES, RISK_PHRASES } from "./lexicon/risk-phrases.ts";
import { type Reading, TASK_MATCHER } from "./reading.ts";
import { scoreByRules } from "./rules.ts";
import { TASK_NAMES } from "./task-names.ts";

/** Judges by phrases and form alone: the baseline that the trained model is measured against. */
export function createRulesAssessor(): Assessor {
  const risk = createPhraseMatcher(RISK_PHRASES);
  const injection = createPhraseMatcher(INJECTION_PHRASES);
  const difficulty = createPhraseMatcher(DIFFICULTY_PHRASES);
  return { assess: (reading) => assess(reading, risk, injection, difficulty) };
}

function assess(
  reading: Reading,
  risk: PhraseMatcher,
  injection: PhraseMatcher,
  difficulty: PhraseMatcher,
): Assessment {
  const words = reading.words.map((word) => word.english);
  const starts = new Set(reading.segments.map((segment) => segment.start));
  const risks = groupCounts(risk, risk.match(words, starts));
  const injections = groupCounts(injection, injection.match(words, starts));
  const levels = groupCounts(difficulty, difficulty.match(words, starts));
  const scores = scoreByRules(reading);
  const harm = (risks.get("attack_verb") ?? 0) + (risks.get("theft_verb") ?? 0) + (risks.get("secrecy") ?? 0);
  const defused = (risks.get("thing") ?? 0) + (risks.get("fiction") ?? 0) + (risks.get("learning") ?? 0);
  const turned =
    2 * (injections.get("override") ?? 0) +
    (injections.get("persona") ?? 0) -
    (injections.get("benign") ?? 0);
  const hard = (levels.get("expert") ?? 0) + (levels.get("demand") ?? 0) - (levels.get("easy") ?? 0);
  return {
    tasks: softmax(scores),
    difficulty: { value: logistic(0.5 * hard + 0.3 * Math.log1p(words.length) - 1.4), confidence: 0.3 },
    harmful: { value: logistic(1.2 * harm - defused - 2.5), confidence: 0.3 },
    injection: { value: logistic(1.1 * turned - 3), confidence: 0.3 },
    explainTask: (index) => influences(reading.taskMatches, TASK_MATCHER, TASK_NAMES[index]),
    explainDifficulty: () =>
      difficulty.match(words, starts).map((match) => ({
        feature: `"${match.phrase}"`,
        weight: difficulty.groups[match.group] === "easy" ? -0.5 : 0.5,
      })),
  };
}

function groupCounts(matcher: PhraseMatcher, matches: readonly PhraseMatch[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const match of matches) {
    const group = matcher.groups[match.group] as string;
    counts.set(group, Math.min(3, (counts.get(group) ?? 0) + 1));
  }
  return counts;
}

function influences(
  matches: readonly PhraseMatch[],
  matcher: PhraseMatcher,
  task: string | undefined,
): Influence[] {
  return matches
    .map((match) => ({
      feature: `"${match.phrase}"`,
      weight: matcher.groups[match.group] === task ? match.weight : -match.weight,
    }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

function softmax(scores: Float32Array): Float32Array {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp((score - top) / 2));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
