import { AttemptErrorKind, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import type { ProviderError } from "../provider/errors.ts";
import type { AttemptRun } from "./attempt.ts";
import { type AttemptQueue, createAttemptQueue } from "./attempt-queue.ts";
import { raceWithHedge } from "./hedge.ts";
import { cancelled, failAttempt, nextOutcome } from "./outcome.ts";
import {
  abortedResult,
  exhaustedResult,
  finishedResult,
  interruptedResult,
  refusedResult,
  rejectedResult,
} from "./walk-results.ts";
import type { WalkEvent, WalkOptions, WalkResult } from "./walk-types.ts";

/** Calls the candidates in order until one answers. The one place where failover, retry, hedge and restart happen. */
export async function* walk(options: WalkOptions): AsyncGenerator<WalkEvent, WalkResult, undefined> {
  const queue = createAttemptQueue(options);
  const active = new Set<AttemptRun>();
  const onAbort = (): void => {
    for (const run of active) run.cancel(options.signal.reason);
  };
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    return yield* tryInOrder(options, queue, active);
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    // The consumer left in the middle, or a hedge lost: nothing may go on working unseen.
    for (const run of active) options.ended(run.settle(AttemptState.CANCELLED, cancelled()));
  }
}

async function* tryInOrder(
  options: WalkOptions,
  queue: AttemptQueue,
  active: Set<AttemptRun>,
): AsyncGenerator<WalkEvent, WalkResult, undefined> {
  let last: ProviderError | undefined;
  for (;;) {
    if (options.signal.aborted) return abortedResult(options.signal.reason);
    const run = await queue.next(active);
    if (run === "exhausted") return exhaustedResult(options, last);
    if (run === "aborted") return abortedResult(options.signal.reason);
    yield {
      type: "attempt_started",
      index: run.options.index,
      targetId: run.options.target.id,
      hedge: false,
    };
    const first = options.hedging
      ? yield* raceWithHedge(run, options.hedging, queue, active, options)
      : { run, outcome: await nextOutcome(run) };
    const winner = first.run;
    let outcome = first.outcome;
    while (outcome.kind === "event") {
      if (outcome.event.type === "finished") {
        active.delete(winner);
        const refused = outcome.event.reason === FinishReason.CONTENT_FILTER;
        options.ended(winner.settle(refused ? AttemptState.REFUSED : AttemptState.SUCCEEDED));
        return finishedResult(winner, outcome.event.reason);
      }
      yield { type: "output", event: outcome.event };
      outcome = await nextOutcome(winner);
    }
    active.delete(winner);
    if (options.signal.aborted) {
      options.ended(winner.settle(AttemptState.CANCELLED, cancelled()));
      return abortedResult(options.signal.reason, winner.options.target.id);
    }
    last = outcome.error;
    const attempt = failAttempt(options, winner, outcome.error);
    yield { type: "attempt_failed", attempt };
    if (outcome.error.kind === AttemptErrorKind.REFUSED) return refusedResult(winner, outcome.error);
    if (outcome.error.kind === AttemptErrorKind.CALLER_FAULT) return rejectedResult(winner, outcome.error);
    if (winner.hasOutput) {
      if (!options.restartOnInterrupt || !queue.hasMore()) return interruptedResult(winner, outcome.error);
      yield { type: "restarted", reason: `${winner.options.target.id}: ${outcome.error.message}` };
    }
    queue.failed(winner, outcome.error);
  }
}
