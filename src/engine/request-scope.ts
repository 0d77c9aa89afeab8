import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Clock } from "../lib/clock.ts";
import { EngineError } from "./errors.ts";

/** The life of one request: a signal that aborts with a reason, and the moment when it must be over. */
export interface RequestScope {
  /** Aborts with an EngineError: CANCELLED where the caller went away, DEADLINE where time is up. */
  readonly signal: AbortSignal;
  /** The end, on the monotonic clock. */
  deadline(): number;
  /** Brings the end forward; an end that is later than the one in force changes nothing. */
  limit(deadline: number): void;
  close(): void;
}

/** The longest that a request may take where neither caller nor policy says so, in milliseconds. */
const LONGEST_MS = 10 * 60_000;

/** How much earlier than here a deadline may have passed for the caller, in milliseconds: a request takes time to arrive. */
function transitMs(timeoutMs: number): number {
  return Math.min(100, timeoutMs / 4);
}

/**
 * Opens the scope of a request.
 * @param timeoutMs until the caller's deadline; undefined where it set none.
 */
export function openScope(signal: AbortSignal, timeoutMs: number | undefined, clock: Clock): RequestScope {
  const controller = new AbortController();
  const callerDeadline = clock.monotonic() + (timeoutMs ?? LONGEST_MS);
  let deadline = callerDeadline;
  let timer: NodeJS.Timeout | undefined;

  const expire = (): void => {
    controller.abort(
      new EngineError(ErrorReason.DEADLINE, "The deadline passed before the answer was complete."),
    );
  };
  const arm = (): void => {
    clearTimeout(timer);
    timer = setTimeout(expire, Math.max(0, deadline - clock.monotonic()));
  };
  const onCallerAbort = (): void => {
    // A caller whose deadline passes cancels too, and its clock began before the request was here: it did not go away.
    if (timeoutMs !== undefined && clock.monotonic() >= callerDeadline - transitMs(timeoutMs)) expire();
    else controller.abort(new EngineError(ErrorReason.CANCELLED, "The caller went away."));
  };
  if (signal.aborted) onCallerAbort();
  else signal.addEventListener("abort", onCallerAbort, { once: true });
  arm();

  return {
    signal: controller.signal,
    // A function and no accessor, as in everything that is made once a request: an accessor in an object literal gives
    // each object a hidden class of its own, which keeps the whole request in memory until the next full collection.
    deadline: () => deadline,
    limit(earlier) {
      if (earlier >= deadline) return;
      deadline = earlier;
      arm();
    },
    close() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onCallerAbort);
    },
  };
}
