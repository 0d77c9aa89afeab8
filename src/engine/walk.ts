import { AttemptErrorKind, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import type { Send } from "../lib/sending.ts";
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

/**
 * Calls the candidates in order until one answers. The one place where failover, retry, hedge and restart happen.
 * @param send takes what happens on the way; where it throws or rejects, the walk stops its calls and fails with that.
 */
export async function walk(options: WalkOptions, send: Send<WalkEvent>): Promise<WalkResult> {
  const queue = createAttemptQueue(options);
  const active = new Set<AttemptRun>();
  const onAbort = (): void => {
    for (const run of active) run.cancel(options.signal.reason);
  };
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await tryInOrder(options, send, queue, active);
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    // Nobody takes what comes, or a hedge lost: nothing may go on working unseen.
    for (const run of active) options.ended(run.settle(AttemptState.CANCELLED, cancelled()));
  }
}

async function tryInOrder(
  options: WalkOptions,
  send: Send<WalkEvent>,
  queue: AttemptQueue,
  active: Set<AttemptRun>,
): Promise<WalkResult> {
  let last: ProviderError | undefined;
  for (;;) {
    if (options.signal.aborted) return abortedResult(options.signal.reason);
    const run = await queue.next(active);
    if (run === "exhausted") return exhaustedResult(options, last);
    if (run === "aborted") return abortedResult(options.signal.reason);
    // Reading starts the call, so it begins before anybody is told of it or waited for.
    const firstOutcome = nextOutcome(run);
    const { index, target } = run.options;
    await send({ type: "attempt_started", index, targetId: target.id, hedge: false });
    const first = options.hedging
      ? await raceWithHedge({ run, outcome: firstOutcome }, options.hedging, queue, active, options, send)
      : { run, outcome: await firstOutcome };
    const winner = first.run;
    let outcome = first.outcome;
    while (outcome.kind === "event") {
      if (outcome.event.type === "finished") {
        active.delete(winner);
        const refused = outcome.event.reason === FinishReason.CONTENT_FILTER;
        options.ended(winner.settle(refused ? AttemptState.REFUSED : AttemptState.SUCCEEDED));
        return finishedResult(winner, outcome.event.reason);
      }
      const wait = send({ type: "output", event: outcome.event });
      if (wait) await wait;
      outcome = await nextOutcome(winner);
    }
    active.delete(winner);
    if (options.signal.aborted) {
      options.ended(winner.settle(AttemptState.CANCELLED, cancelled()));
      return abortedResult(options.signal.reason, winner.options.target.id);
    }
    last = outcome.error;
    const attempt = failAttempt(options, winner, outcome.error);
    await send({ type: "attempt_failed", attempt });
    if (outcome.error.kind === AttemptErrorKind.REFUSED) return refusedResult(winner, outcome.error);
    if (outcome.error.kind === AttemptErrorKind.CALLER_FAULT) return rejectedResult(winner, outcome.error);
    if (winner.hasOutput) {
      if (!options.restartOnInterrupt || !queue.hasMore()) return interruptedResult(winner, outcome.error);
      await send({ type: "restarted", reason: `${winner.options.target.id}: ${outcome.error.message}` });
    }
    queue.failed(winner, outcome.error);
  }
}
