import { type Decision, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { enumWord } from "../lib/enums.ts";
import { formatDollars } from "../lib/money.ts";

/** Says a decision in plain sentences: what was seen, which rules applied, who serves and why, who does not. */
export function explainDecision(decision: Decision): string[] {
  return [...sayFacts(decision), ...sayRules(decision), ...sayChoice(decision), ...sayExclusions(decision)];
}

function sayFacts({ facts }: Decision): string[] {
  if (!facts) return [];
  const sentences = [
    `The task is ${enumWord(TaskSchema, facts.task)} (${percent(facts.taskConfidence)} sure), of difficulty ${facts.difficulty.toFixed(2)}; about ${facts.inputTokens} tokens go in and ${facts.predictedOutputTokens} are expected to come out.`,
  ];
  const { risk, sensitivity } = facts;
  if (risk && Math.max(risk.harmful, risk.injection) >= 0.5) {
    sentences.push(`It looks risky: harmful ${percent(risk.harmful)}, injection ${percent(risk.injection)}.`);
  }
  const kinds = Object.entries(sensitivity?.kinds ?? {}).map(([kind, count]) => `${count} ${kind}`);
  if (kinds.length > 0) sentences.push(`It holds private values: ${kinds.join(", ")}.`);
  return sentences;
}

function sayRules({ matches, plan }: Decision): string[] {
  const sentences =
    matches.length === 0
      ? ["No rule of the policy applied."]
      : matches.map(({ ruleId, effects }) => `Rule ${ruleId} applied: ${effects.join(", ") || "no effect"}.`);
  const stakes = plan?.stakes;
  if (stakes) {
    sentences.push(
      `At stake: ${formatDollars(stakes.successValue ?? 0)} for success, ${formatDollars(-(stakes.failureCost ?? 0))} for failure, ${formatDollars(-(stakes.latencyCost ?? 0))} for each second${stakes.noAnswerValue === undefined ? "" : `; not answering is worth ${formatDollars(stakes.noAnswerValue)}`}.`,
    );
  }
  return sentences;
}

function sayChoice({ facts, verdict, candidates, message, ruleId }: Decision): string[] {
  const [first, second] = candidates;
  if (verdict !== Verdict.ROUTE || !first) {
    return [`${ruleId ? `Rule ${ruleId} decides: ` : ""}${message}`];
  }
  const adjusted = facts?.successAdjustments[first.targetId] ?? 0;
  const sentences = [
    `${first.targetId} is called first: it is worth ${formatDollars(first.value)}, succeeding with a probability of ${percent(first.successProbability)} ${evidence(first.effectiveSampleCount)} at a cost of ${formatDollars(first.costTerm)} and in about ${first.expectedLatencySeconds.toFixed(1)} s.`,
  ];
  if (Math.abs(adjusted) >= WORTH_SAYING) {
    const words = adjusted > 0 ? "better" : "worse";
    sentences.push(
      `On prompts like this one it did ${words} than its task and difficulty say: ${adjusted > 0 ? "+" : ""}${adjusted.toFixed(2)} in log-odds.`,
    );
  }
  if (first.explored) sentences.push("It stands first only so that it gets measured.");
  if (second) {
    sentences.push(
      `Next is ${second.targetId}, worth ${formatDollars(second.value)}: ${difference(first, second)}.`,
    );
  }
  return sentences;
}

/** A tenth in log-odds is at most two and a half per cent of probability. */
const WORTH_SAYING = 0.1;

function sayExclusions({ exclusions }: Decision): string[] {
  return exclusions.map(({ targetId, message }) => `${targetId} may not serve: ${message}.`);
}

type Terms = Decision["candidates"][number];

/** The term that makes most of the difference between two candidates. */
function difference(first: Terms, second: Terms): string {
  const gaps = [
    {
      gap: first.successTerm - first.failureTerm - second.successTerm + second.failureTerm,
      text: "it is less likely to succeed",
    },
    { gap: second.costTerm - first.costTerm, text: "it costs more" },
    { gap: second.latencyTerm - first.latencyTerm, text: "it is slower" },
    { gap: first.preferenceTerm - second.preferenceTerm, text: "the policy prefers it less" },
  ];
  const largest = gaps.reduce((best, one) => (one.gap > best.gap ? one : best));
  return largest.gap > 0 ? largest.text : "it differs only by its name";
}

function evidence(samples: number): string {
  return samples > 0 ? `(measured on ${samples.toFixed(0)} outcomes)` : "(assumed, not measured yet)";
}

function percent(value: number): string {
  return `${Math.round(value * 100)} %`;
}
