import { styleText } from "node:util";
import { type Completion, CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import {
  type Candidate,
  type Decision,
  type Exclusion,
  ExclusionReasonSchema,
  VerdictSchema,
} from "#gen/pointsman/v1/decision_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import { formatDollars } from "../lib/money.ts";
import { type Column, formatTable } from "./table.ts";

/** An answer's end in one line: state, target, cost, latency, tokens. */
export function showCompletion(completion: Completion): string {
  const { usage, latency, timeToFirstToken, cacheHit } = completion;
  const parts = [
    styleText("bold", enumWord(CompletionStateSchema, completion.state)),
    completion.targetId ? `by ${styleText("cyan", completion.targetId)}` : "",
    formatDollars(completion.costMicros / 1e6),
    latency ? `${Math.round(toMilliseconds(latency))} ms` : "",
    timeToFirstToken ? `first output after ${Math.round(toMilliseconds(timeToFirstToken))} ms` : "",
    usage ? `${usage.inputTokens} tokens in, ${usage.outputTokens} out` : "",
    completion.attemptCount > 1 ? `${completion.attemptCount} attempts` : "",
    cacheHit ? `from the cache, saving ${formatDollars(cacheHit.savedMicros / 1e6)}` : "",
  ];
  const line = parts.filter(Boolean).join(", ");
  return completion.message ? `${line}\n${completion.message}` : line;
}

/** A decision with all its reasons: task, rules, every candidate with each term of its value, every exclusion. */
export function showDecision(decision: Decision): string {
  const { facts, matches, candidates, exclusions, plan } = decision;
  const blocks: string[] = [];
  if (facts) {
    const { risk, sensitivity, hints: _hints } = facts;
    const kinds = Object.entries(sensitivity?.kinds ?? {}).map(([kind, count]) => `${count} ${kind}`);
    blocks.push(
      lines([
        ["decision", decision.id],
        ["task", `${enumWord(TaskSchema, facts.task)} (confidence ${facts.taskConfidence.toFixed(2)})`],
        [
          "difficulty",
          `${facts.difficulty.toFixed(2)} (confidence ${facts.difficultyConfidence.toFixed(2)})`,
        ],
        ["language", facts.language || "not recognised"],
        ["tokens", `about ${facts.inputTokens} in, ${facts.predictedOutputTokens} out`],
        [
          "risk",
          `harmful ${(risk?.harmful ?? 0).toFixed(2)}, injection ${(risk?.injection ?? 0).toFixed(2)}`,
        ],
        ["private values", kinds.join(", ") || "none found"],
        [
          "rules",
          matches.map(({ ruleId, effects }) => `${ruleId} (${effects.join(", ")})`).join("; ") ||
            "none applied",
        ],
        ["policy", decision.policyRevision.slice(0, 12)],
        [
          "verdict",
          `${enumWord(VerdictSchema, decision.verdict)}${decision.message ? `: ${decision.message}` : ""}`,
        ],
      ]),
    );
  }
  const stakes = plan?.stakes;
  if (stakes) {
    blocks.push(
      `At stake: success ${formatDollars(stakes.successValue ?? 0)}, failure ${formatDollars(-(stakes.failureCost ?? 0))}, each second ${formatDollars(-(stakes.latencyCost ?? 0))}${stakes.noAnswerValue === undefined ? "" : `; no answer ${formatDollars(stakes.noAnswerValue)}`}`,
    );
  }
  if (candidates.length > 0)
    blocks.push(
      `Candidates, in the order in which they are tried (US dollars)\n${formatTable(CANDIDATE_COLUMNS, candidates)}`,
    );
  if (exclusions.length > 0) blocks.push(`Excluded\n${formatTable(EXCLUSION_COLUMNS, exclusions)}`);
  return blocks.join("\n\n");
}

const dollars = (value: number): string => value.toFixed(6);

const CANDIDATE_COLUMNS: readonly Column<Candidate>[] = [
  { title: "target", cell: ({ targetId, explored }) => (explored ? `${targetId} (explored)` : targetId) },
  { title: "value", align: "right", cell: ({ value }) => styleText("bold", dollars(value)) },
  { title: "= p*success", align: "right", cell: ({ successTerm }) => dollars(successTerm) },
  { title: "- (1-p)*failure", align: "right", cell: ({ failureTerm }) => dollars(failureTerm) },
  { title: "- cost", align: "right", cell: ({ costTerm }) => dollars(costTerm) },
  { title: "- latency", align: "right", cell: ({ latencyTerm }) => dollars(latencyTerm) },
  { title: "+ preference", align: "right", cell: ({ preferenceTerm }) => dollars(preferenceTerm) },
  { title: "p", align: "right", cell: ({ successProbability }) => successProbability.toFixed(3) },
  { title: "samples", align: "right", cell: ({ effectiveSampleCount }) => effectiveSampleCount.toFixed(0) },
  {
    title: "seconds",
    align: "right",
    cell: ({ expectedLatencySeconds }) => expectedLatencySeconds.toFixed(2),
  },
  { title: "cached", align: "right", cell: ({ cachedInputTokens }) => String(cachedInputTokens) },
];

const EXCLUSION_COLUMNS: readonly Column<Exclusion>[] = [
  { title: "target", cell: ({ targetId }) => targetId },
  { title: "reason", cell: ({ reason }) => enumWord(ExclusionReasonSchema, reason) },
  { title: "rule", cell: ({ ruleId }) => ruleId || "-" },
  { title: "because", cell: ({ message }) => message },
];

function lines(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${styleText("dim", name.padEnd(15))}${value}`).join("\n");
}
