import { type Attempt, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { Attempts_OnInterrupt } from "#gen/pointsman/v1/policy_pb.ts";
import type { Part, RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import type { Send } from "../lib/sending.ts";
import type { ProviderEvent } from "../provider/provider.ts";
import { latencyFor } from "../scorecard/lookup.ts";
import type { AnswerOutcome } from "./completions.ts";
import type { EngineParts, RouteCall, RouteEvent } from "./engine-parts.ts";
import { decidedEvent, outputEvent, walkEvent } from "./events.ts";
import { createAnswerFold } from "./fold.ts";
import type { Protected } from "./guard.ts";
import type { Journey } from "./journey.ts";
import { createOpening, type Opening } from "./opening.ts";
import type { Recorder } from "./recorder.ts";
import type { RequestScope } from "./request-scope.ts";
import type { Spending } from "./spending.ts";
import { startAttempt } from "./start-attempt.ts";
import { type Totals, totalOf } from "./totals.ts";
import { walk } from "./walk.ts";
import type { WalkOptions, WalkResult } from "./walk-types.ts";

/** How far a request has come to its end. */
export interface Ending {
  recorded: boolean;
  totals: Totals | undefined;
}

/** A decided request that is to be answered by a target. */
export interface TargetCall {
  readonly parts: EngineParts;
  readonly call: RouteCall;
  /** Takes the events of the answer; undefined where nobody reads them. */
  readonly send: Send<RouteEvent> | undefined;
  readonly scope: RequestScope;
  readonly journey: Journey;
  readonly recorder: Recorder;
  /** Resolves when the decision is on record. */
  readonly durable: Promise<void>;
  /** When the request arrived, on the monotonic clock. */
  readonly arrival: number;
  /** What may leave, and the way back. */
  readonly guarded: Protected;
  readonly sentInput: RouteInput;
  readonly spending: Spending;
  readonly ending: Ending;
}

/** An answer by a target. */
export interface TargetAnswer extends AnswerOutcome {
  /** As the target gave it, before private values were put back; empty where policy allows no cache. */
  readonly rawParts: Part[];
}

/** Calls the targets in order and sends what the caller sees, with private values put back. */
export async function callTargets(target: TargetCall): Promise<TargetAnswer> {
  const { parts, journey, durable, arrival, guarded, send } = target;
  const { decision } = journey;
  // Asking what the task is belongs to the bill.
  const attempts: Attempt[] = journey.asked ? [journey.asked] : [];
  const fold = createAnswerFold();
  // What a cache keeps is the answer before anybody's private values are put back into it.
  const rawFold = decision.plan?.cache ? createAnswerFold() : undefined;
  const opening = createOpening(durable, () => decidedEvent(decision), send);
  let firstOutputMs: number | undefined;
  const take = (event: ProviderEvent): Promise<void> | undefined => {
    let wait: Promise<void> | undefined;
    rawFold?.add(event);
    for (const restored of guarded.restore(event)) {
      fold.add(restored);
      wait = opening.send(send && outputEvent(restored)) ?? wait;
    }
    return wait;
  };

  try {
    const result = await walk(walkOptions(target, attempts, opening), (event) => {
      if (event.type === "output") {
        firstOutputMs ??= parts.clock.monotonic() - arrival;
        return take(event.event);
      }
      if (event.type === "restarted") {
        fold.clear();
        rawFold?.clear();
        guarded.reset();
      }
      return opening.send(send && walkEvent(event));
    });
    await take({ type: "finished", reason: result.finishReason });
    await opening.done;
    return {
      ...withSpending(result, target.spending),
      parts: fold.parts(),
      rawParts: rawFold?.parts() ?? [],
      totals: totalOf(attempts),
      firstOutputMs,
    };
  } finally {
    target.ending.totals = totalOf(attempts);
    target.spending.settle(target.ending.totals);
  }
}

function walkOptions(target: TargetCall, attempts: Attempt[], opening: Opening): WalkOptions {
  const { parts, call, scope, journey, recorder, sentInput, spending } = target;
  const { decision, lease } = journey;
  const plan = decision.plan?.attempts;
  const scorecard = parts.scorecard.current();
  limitScope(target);
  const share = plan?.hedge?.maxShare ?? 0;
  return {
    candidates: decision.candidates,
    maxAttempts: plan?.max ?? 3,
    restartOnInterrupt: plan?.onInterrupt === Attempts_OnInterrupt.RESTART,
    clock: parts.clock,
    deadline: scope.deadline,
    signal: scope.signal,
    random: parts.random,
    async start(candidate, index, hedge) {
      opening.check();
      if (!(await spending.allow(candidate.targetId, index))) return undefined;
      const run = startAttempt(parts, {
        world: lease.world,
        targetId: candidate.targetId,
        input: sentInput,
        streaming: call.streaming,
        callId: `${decision.id}-${index}`,
        index,
        silenceMs: plan?.perTryTimeout ? toMilliseconds(plan.perTryTimeout) : 30_000,
        hedge,
        shadow: false,
        inputTokens: candidate.inputTokens,
      });
      if (run && plan?.hedge) parts.hedges.earn(candidate.targetId, share);
      return run;
    },
    ended(attempt) {
      attempts.push(attempt);
      spending.ended(attempt);
      recorder.attempted(decision, attempt);
      parts.announce.attempted(decision, attempt);
      learn(target, attempt);
    },
    broke: (targetId, error) => parts.breakers.admit(targetId)?.fail(error),
    hold: (targetId, milliseconds) => parts.breakers.hold(targetId, milliseconds),
    retryAfterMs: (targetId) => parts.breakers.retryAfterMs(targetId),
    hedging: plan?.hedge && {
      delayMs: (targetId) =>
        plan.hedge?.after
          ? toMilliseconds(plan.hedge.after)
          : 1000 * (latencyFor(scorecard, targetId)?.timeToFirstTokenP95 ?? 1),
      allow: (targetId) => parts.hedges.take(targetId),
    },
  };
}

/** One deadline over all attempts: the nearest of caller, policy and hint. */
function limitScope({ parts, call, scope, journey, arrival }: TargetCall): void {
  const plan = journey.decision.plan?.attempts;
  const now = parts.clock.monotonic();
  if (plan?.totalTimeout) scope.limit(now + toMilliseconds(plan.totalTimeout));
  if (call.timeoutMs !== undefined) scope.limit(arrival + call.timeoutMs * (plan?.deadlineShare ?? 1));
  const wanted = call.input.hints?.maxLatency;
  if (wanted) scope.limit(arrival + toMilliseconds(wanted));
}

/** What a call teaches: how fast the target is, how long answers are, and where the conversation is warm now. */
function learn({ parts, call, journey }: TargetCall, attempt: Attempt): void {
  if (attempt.state !== AttemptState.SUCCEEDED || !attempt.latency || !attempt.timeToFirstToken) return;
  const { usage, targetId } = attempt;
  parts.scorecard.observeLatency({
    targetId,
    timeToFirstTokenMs: toMilliseconds(attempt.timeToFirstToken),
    outputTokens: usage?.outputTokens ?? 0,
    durationMs: toMilliseconds(attempt.latency),
  });
  const { facts } = journey.decision;
  if (!facts || !usage) return;
  if (!usage.estimated) parts.scorecard.observeOutput({ task: facts.task, tokens: usage.outputTokens });
  const tenant = call.caller.tenant;
  parts.warmPrefixes.remember(
    tenant,
    call.input.conversationId,
    targetId,
    usage.inputTokens + usage.outputTokens,
  );
}

/** A walk that found no target because none could be paid says so. */
function withSpending(result: WalkResult, spending: Spending): WalkResult {
  const refused = spending.refused();
  if (result.errorReason !== ErrorReason.TARGETS_UNAVAILABLE || !refused) return result;
  return { ...result, errorReason: refused.reason, message: refused.message };
}
