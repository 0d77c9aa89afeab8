import { CompletionState, CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import type { RouteResponse } from "#gen/pointsman/v1/route_service_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import { textOf } from "./answer-text.ts";
import type { Answer } from "./candidate.ts";
import { checkAnswer, type Failure, whyUncheckable } from "./check-answer.ts";
import { judgeInput, readJudgement } from "./judge.ts";
import type { Cell } from "./plan.ts";
import type { Result } from "./results.ts";
import type { Sandbox } from "./sandbox.ts";
import { scenarioInput } from "./scenario-input.ts";
import type { Scenario } from "./scenario-schema.ts";

/** How much of an answer is kept in its result, in characters. */
const KEPT_ANSWER = 2_000;

/** A call that gave no answer. */
export interface CallError {
  /** `refused` on purpose, `failed` because the candidate cannot do it, or an `error` on the way, which says nothing. */
  readonly verdict: "refused" | "failed" | "error";
  readonly kind: string;
  readonly message: string;
}

/** How cells are worked on. */
export interface CellTools {
  readonly sandbox: Sandbox;
  /** The target that judges. @throws EvaluateError where there is none of this name */
  judgeOf(target: string): Answer;
  /** What a failed call says about the candidate. */
  readError(error: unknown): CallError;
  /** How long one answer may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Asks, checks, and says what came of it. Never throws but where the signal aborts. */
export async function runCell(
  cell: Cell,
  run: string,
  tools: CellTools,
  signal: AbortSignal,
): Promise<Result> {
  const { scenario, candidate, repetition } = cell;
  const blank: Result = {
    run,
    cell: cell.id,
    scenario: scenario.id,
    candidate: candidate.name,
    repetition,
    status: "error",
    failures: [],
    target: "",
    task: scenario.task ?? "",
    difficulty: scenario.difficulty ?? 0,
    cost: 0,
    judge_cost: 0,
    latency_ms: 0,
    output_tokens: 0,
    answer: "",
    decision: "",
    time: new Date(tools.now()).toISOString(),
  };
  const reason = whyUncheckable(scenario.expect, tools.sandbox);
  if (reason !== undefined)
    return { ...blank, status: "skipped", failures: [{ kind: "skipped", message: reason }] };

  const limited = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(tools.timeoutMs)]);
  let response: RouteResponse;
  try {
    response = await candidate.answer(scenarioInput(scenario), limited());
  } catch (error) {
    signal.throwIfAborted();
    const { verdict, kind, message } = tools.readError(error);
    if (verdict === "refused" && wantsRefusal(scenario)) return { ...blank, status: "passed" };
    return { ...blank, status: verdict === "error" ? "error" : "failed", failures: [{ kind, message }] };
  }

  const answered = { ...blank, ...measured(response) };
  let judgeCost = 0;
  try {
    const failures = await judgeResponse(response, cell, tools, limited, (cost) => {
      judgeCost += cost;
    });
    const status = failures.length === 0 ? "passed" : "failed";
    return { ...answered, status, failures, judge_cost: judgeCost };
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { ...answered, judge_cost: judgeCost, failures: [{ kind: "check", message }] };
  }
}

async function judgeResponse(
  { completion }: RouteResponse,
  { scenario }: Cell,
  tools: CellTools,
  limited: () => AbortSignal,
  paid: (dollars: number) => void,
): Promise<Failure[]> {
  const state = completion?.state ?? CompletionState.UNSPECIFIED;
  if (state === CompletionState.REFUSED && wantsRefusal(scenario)) return [];
  if (!completion || (state !== CompletionState.COMPLETED && state !== CompletionState.TRUNCATED))
    return [{ kind: enumWord(CompletionStateSchema, state), message: completion?.message || "no answer" }];
  const failures = await checkAnswer(
    textOf(completion),
    scenario.expect,
    {
      sandbox: tools.sandbox,
      judge: async ({ target, rubric }, answer) => {
        const judgement = await tools.judgeOf(target)(judgeInput(scenario, rubric, answer), limited());
        paid((judgement.completion?.costMicros ?? 0) / 1e6);
        return readJudgement(judgement);
      },
    },
    limited(),
  );
  // An answer that was cut short may still hold what is expected; where it does not, this is why.
  if (failures.length > 0 && state === CompletionState.TRUNCATED)
    return [{ kind: "truncated", message: "the answer was cut short" }, ...failures];
  return failures;
}

function measured({ decision, completion }: RouteResponse): Partial<Result> {
  return {
    target: completion?.targetId ?? "",
    task: enumWord(TaskSchema, decision?.facts?.task ?? 0),
    difficulty: decision?.facts?.difficulty ?? 0,
    cost: (completion?.costMicros ?? 0) / 1e6,
    latency_ms: completion?.latency ? toMilliseconds(completion.latency) : 0,
    ...(completion?.timeToFirstToken && { first_token_ms: toMilliseconds(completion.timeToFirstToken) }),
    output_tokens: completion?.usage?.outputTokens ?? 0,
    answer: completion ? textOf(completion).slice(0, KEPT_ANSWER) : "",
    decision: decision?.id ?? "",
  };
}

function wantsRefusal({ expect }: Scenario): boolean {
  return expect.some((expectation) => "refused" in expectation);
}
