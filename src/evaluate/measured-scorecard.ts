import { clone, create } from "@bufbuild/protobuf";
import { type Task, TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import {
  LatencyProfileSchema,
  OutputPredictionSchema,
  type Scorecard,
  SuccessCurveSchema,
} from "#gen/pointsman/v1/scorecard_pb.ts";
import type { Target } from "#gen/pointsman/v1/target_pb.ts";
import { enumFromWord } from "../lib/enums.ts";
import { fitOutcomes } from "../scorecard/fit-outcomes.ts";
import type { OutcomeRow } from "../scorecard/outcome-rows.ts";
import { createSnapshot } from "../scorecard/snapshot.ts";
import type { Result } from "./results.ts";

/** With fewer calls, the speed that the catalogue assumes is the better guess. */
const FEWEST_CALLS = 5;

/**
 * What an evaluation says about targets, as the router loads it: success curves, speed, and lengths of answers. Undefined
 * where no target answered anything.
 *
 * @param targets the catalogue, for what is assumed of targets
 * @param direct names of the candidates that are targets: where one answered a scenario, the same target's answer to it
 * by way of a policy is not counted a second time.
 */
export function measuredScorecard(
  results: readonly Result[],
  targets: readonly Target[],
  direct: ReadonlySet<string>,
): Scorecard | undefined {
  const known = new Set(targets.map(({ id }) => id));
  const answered = results.filter(
    ({ status, target }) => (status === "passed" || status === "failed") && known.has(target),
  );
  const first = answered.toSorted(
    (left, right) => Number(direct.has(right.candidate)) - Number(direct.has(left.candidate)),
  );
  const counted = new Map<string, Result>();
  for (const result of first) {
    const key = `${result.scenario} ${result.repetition} ${result.target}`;
    if (!counted.has(key)) counted.set(key, result);
  }
  const rows = [
    ...Map.groupBy(counted.values(), ({ scenario, target }) => `${target} ${scenario}`).values(),
  ].flatMap((repetitions) => toRow(repetitions) ?? []);
  if (rows.length === 0) return undefined;
  const { scorecard } = fitOutcomes(rows, { targets });
  return createSnapshot({
    curves: scorecard.curves.map((curve) => clone(SuccessCurveSchema, curve)),
    latencies: latenciesOf([...counted.values()]),
    outputs: outputsOf([...counted.values()]),
  });
}

/** One row for all repetitions: asking the same thing again is not a second question. */
function toRow(repetitions: readonly Result[]): OutcomeRow | undefined {
  const [first] = repetitions;
  const task = first && taskOf(first);
  if (first === undefined || task === undefined) return undefined;
  const mean = (value: (result: Result) => number): number =>
    repetitions.reduce((sum, result) => sum + value(result), 0) / repetitions.length;
  return {
    questionId: first.scenario,
    targetId: first.target,
    task,
    difficulty: first.difficulty,
    score: mean(({ status }) => (status === "passed" ? 1 : 0)),
    cost: mean(({ cost }) => cost),
  };
}

function latenciesOf(results: readonly Result[]): ReturnType<typeof create<typeof LatencyProfileSchema>>[] {
  return [...Map.groupBy(results, ({ target }) => target)].flatMap(([targetId, rows]) => {
    const timed = rows.flatMap(({ first_token_ms, latency_ms, output_tokens }) =>
      first_token_ms === undefined ? [] : [{ first_token_ms, latency_ms, output_tokens }],
    );
    if (timed.length < FEWEST_CALLS) return [];
    const firsts = timed.map(({ first_token_ms }) => first_token_ms / 1000).sort((a, b) => a - b);
    const tokens = timed.reduce((sum, { output_tokens }) => sum + output_tokens, 0);
    const seconds = timed.reduce(
      (sum, { latency_ms, first_token_ms }) => sum + (latency_ms - first_token_ms) / 1000,
      0,
    );
    return [
      create(LatencyProfileSchema, {
        targetId,
        timeToFirstTokenP50: atRank(firsts, 0.5),
        timeToFirstTokenP95: atRank(firsts, 0.95),
        secondsPerToken: tokens === 0 ? 0 : seconds / tokens,
        sampleCount: timed.length,
      }),
    ];
  });
}

function outputsOf(results: readonly Result[]): ReturnType<typeof create<typeof OutputPredictionSchema>>[] {
  return [...Map.groupBy(results, taskOf)].flatMap(([task, rows]) => {
    if (task === undefined || rows.length < FEWEST_CALLS) return [];
    const tokens = rows.reduce((sum, { output_tokens }) => sum + output_tokens, 0) / rows.length;
    return [create(OutputPredictionSchema, { task, tokens, sampleCount: rows.length })];
  });
}

function taskOf({ task }: Result): Task | undefined {
  const known = enumFromWord(TaskSchema, task);
  return known === undefined || known === 0 ? undefined : (known as Task);
}

function atRank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
