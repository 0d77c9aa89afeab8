import { AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import type { Send } from "../lib/sending.ts";
import type { AttemptRun } from "./attempt.ts";
import type { AttemptQueue } from "./attempt-queue.ts";
import { cancelled, failAttempt, nextOutcome, type Outcome } from "./outcome.ts";
import type { Hedging, WalkEvent, WalkOptions } from "./walk-types.ts";

/** The run that goes on, and its first outcome. */
export interface Winner {
  readonly run: AttemptRun;
  readonly outcome: Outcome;
}

/** A run whose first outcome is awaited. */
export interface Running {
  readonly run: AttemptRun;
  readonly outcome: Promise<Outcome>;
}

/**
 * Waits for a run's first output; where that takes longer than the target usually needs, starts the next candidate
 * beside it. The first to begin to answer wins, the other is cancelled and its bill is settled.
 */
export async function raceWithHedge(
  { run, outcome: awaited }: Running,
  hedging: Hedging,
  queue: AttemptQueue,
  active: Set<AttemptRun>,
  options: WalkOptions,
  send: Send<WalkEvent>,
): Promise<Winner> {
  const { id } = run.options.target;
  const own = awaited.then((outcome): Winner => ({ run, outcome }));
  if ((await withinDelay(own, hedging.delayMs(id))) || options.signal.aborted || !hedging.allow(id))
    return own;
  const second = await queue.startHedge(active);
  if (!second) return own;
  const other = nextOutcome(second).then((outcome): Winner => ({ run: second, outcome }));
  const { index, target } = second.options;
  await send({ type: "attempt_started", index, targetId: target.id, hedge: true });
  const first = await Promise.race([own, other]);
  const rival = first.run === run ? { run: second, promise: other } : { run, promise: own };
  if (first.outcome.kind === "event") {
    rival.run.cancel(cancelled());
    active.delete(rival.run);
    options.ended(rival.run.settle(AttemptState.CANCELLED, cancelled()));
    return first;
  }
  if (options.signal.aborted) return first;
  active.delete(first.run);
  await send({ type: "attempt_failed", attempt: failAttempt(options, first.run, first.outcome.error) });
  queue.failed(first.run, first.outcome.error);
  return rival.promise;
}

async function withinDelay(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Hedges that targets may still have: each call earns a share of one, up to a small store. */
export function createHedgeAllowance(): {
  earn(targetId: string, share: number): void;
  take(targetId: string): boolean;
} {
  const MOST = 10;
  const earned = new Map<string, number>();
  return {
    earn(targetId, share) {
      earned.set(targetId, Math.min(MOST, (earned.get(targetId) ?? 1) + share));
    },
    take(targetId) {
      const left = earned.get(targetId) ?? 0;
      if (left < 1) return false;
      earned.set(targetId, left - 1);
      return true;
    },
  };
}
