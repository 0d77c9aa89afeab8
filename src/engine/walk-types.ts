import type { Attempt } from "#gen/pointsman/v1/attempt_pb.ts";
import type { CompletionState, FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import type { Candidate } from "#gen/pointsman/v1/decision_pb.ts";
import type { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Clock } from "../lib/clock.ts";
import type { ProviderEvent } from "../provider/provider.ts";
import type { AttemptRun } from "./attempt.ts";

/** What the walk needs from the engine. */
export interface WalkOptions {
  readonly candidates: readonly Candidate[];
  readonly maxAttempts: number;
  readonly restartOnInterrupt: boolean;
  readonly clock: Clock;
  /** The end of all attempts, on the monotonic clock. */
  deadline(): number;
  /** Aborts when the caller goes away or the deadline passes; the reason is an EngineError. */
  readonly signal: AbortSignal;
  /** A number in 0 to 1, for the jitter of waits. */
  readonly random: () => number;
  /** Starts a call, or says that the target admits none now. May reserve money, so it may wait and may throw. */
  start(candidate: Candidate, index: number, hedge: boolean): Promise<AttemptRun | undefined>;
  /** Takes note of an attempt that ended: record, breaker, bill. */
  ended(attempt: Attempt): void;
  /** Counts a break after the first output against the target. */
  broke(targetId: string, error: Error): void;
  /** Honours a Retry-After. */
  hold(targetId: string, milliseconds: number): void;
  /** Milliseconds until the target may be called again; 0 where it may now. */
  retryAfterMs(targetId: string): number;
  /** When a second target is started beside a slow one; undefined where policy does not want it. */
  readonly hedging: Hedging | undefined;
}

/** What a caller sees of the walk while it goes on. */
export type WalkEvent =
  | {
      readonly type: "attempt_started";
      readonly index: number;
      readonly targetId: string;
      readonly hedge: boolean;
    }
  | { readonly type: "output"; readonly event: ProviderEvent }
  | { readonly type: "attempt_failed"; readonly attempt: Attempt }
  | { readonly type: "restarted"; readonly reason: string };

/** How the walk ended. */
export interface WalkResult {
  readonly state: CompletionState;
  readonly finishReason: FinishReason;
  /** The target that answered; empty where none did. */
  readonly targetId: string;
  /** A sentence for people; empty where all is well. */
  readonly message: string;
  readonly errorReason: ErrorReason;
  /** When a new request may succeed, in milliseconds; undefined where nothing is known. */
  readonly retryAfterMs?: number;
}

/** When to start a second target beside a slow one. */
export interface Hedging {
  /** How long to wait for a target's first output, in milliseconds. */
  delayMs(targetId: string): number;
  /** Takes one hedge out of the target's allowance; false where it is used up. */
  allow(targetId: string): boolean;
}
