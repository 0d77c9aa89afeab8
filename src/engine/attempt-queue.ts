import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import type { Candidate } from "#gen/pointsman/v1/decision_pb.ts";
import { sleep } from "../lib/signals.ts";
import type { ProviderError } from "../provider/errors.ts";
import type { AttemptRun } from "./attempt.ts";
import type { WalkOptions } from "./walk-types.ts";

/** Which candidate is called next. The plan is drawn once, in order; only what is safe comes back into it. */
export interface AttemptQueue {
  /** Starts the next call, waiting where a provider asked for it and the deadline allows. */
  next(active: Set<AttemptRun>): Promise<AttemptRun | "exhausted" | "aborted">;
  /** Starts the next fresh candidate as a hedge, without waiting. */
  startHedge(active: Set<AttemptRun>): Promise<AttemptRun | undefined>;
  /** Puts a candidate back where the provider did no work and may do some later. */
  failed(run: AttemptRun, error: ProviderError): void;
  /** Whether another attempt is possible. */
  hasMore(): boolean;
}

/** The first wait before a target is asked again where its provider names none, in milliseconds; doubles each time. */
const FIRST_WAIT_MS = 200;

/** Failures after which the same target may do better in a moment, provided it did no work. */
const PASSING: ReadonlySet<AttemptErrorReason> = new Set<AttemptErrorReason>([
  AttemptErrorReason.RATE_LIMITED,
  AttemptErrorReason.UNAVAILABLE,
  AttemptErrorReason.CONNECTION,
]);

/** Makes the queue of one walk. */
export function createAttemptQueue(options: WalkOptions): AttemptQueue {
  const fresh = [...options.candidates];
  const again: { candidate: Candidate; notBefore: number }[] = [];
  let started = 0;
  let waits = 0;

  const start = async (
    candidate: Candidate,
    active: Set<AttemptRun>,
    hedge: boolean,
  ): Promise<AttemptRun | undefined> => {
    const run = await options.start(candidate, started, hedge);
    if (!run) return undefined;
    started++;
    active.add(run);
    return run;
  };

  return {
    async next(active) {
      while (started < options.maxAttempts) {
        const candidate = fresh.shift() ?? (await waitForAgain());
        if (candidate === "exhausted" || candidate === "aborted") return candidate;
        const run = await start(candidate, active, false);
        if (run && options.signal.aborted) run.cancel(options.signal.reason);
        if (run) return run;
      }
      return "exhausted";
    },
    async startHedge(active) {
      while (started < options.maxAttempts) {
        const candidate = fresh.shift();
        if (!candidate) return undefined;
        const run = await start(candidate, active, true);
        if (run) return run;
      }
      return undefined;
    },
    failed(run, error) {
      if (error.kind !== AttemptErrorKind.NOT_SENT || !PASSING.has(error.reason)) return;
      const candidate = options.candidates.find(({ targetId }) => targetId === run.options.target.id);
      if (!candidate) return;
      const backoff = FIRST_WAIT_MS * 2 ** waits++ * (0.5 + options.random() / 2);
      again.push({ candidate, notBefore: options.clock.monotonic() + (error.retryAfterMs ?? backoff) });
      again.sort((left, right) => left.notBefore - right.notBefore);
    },
    hasMore: () => started < options.maxAttempts && (fresh.length > 0 || again.length > 0),
  };

  async function waitForAgain(): Promise<Candidate | "exhausted" | "aborted"> {
    const entry = again.shift();
    // A wait that would outlast the deadline is no wait but a slower failure.
    if (!entry || entry.notBefore >= options.deadline()) return "exhausted";
    try {
      // A timer may fire a fraction early; a target that is asked before its time would be lost as not admitted.
      for (let wait = entry.notBefore - options.clock.monotonic(); wait > 0; ) {
        await sleep(Math.ceil(wait), options.signal);
        wait = entry.notBefore - options.clock.monotonic();
      }
      return entry.candidate;
    } catch {
      return "aborted";
    }
  }
}
