import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { pointsmanError } from "./error.ts";

/** A call is made at most this often. */
const maxAttempts = 4;

/**
 * Repeats a unary call that failed UNAVAILABLE, as the contract's idempotency levels allow: Route is never repeated.
 * Waits 200 ms, doubled each time, or as long as the service asks for, up to 3 s.
 */
export function retryUnavailable(): Interceptor {
  return (next) => async (request) => {
    const safe = request.method.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(request);
      } catch (error) {
        const unavailable = error instanceof ConnectError && error.code === Code.Unavailable;
        if (request.stream || !safe || !unavailable || attempt === maxAttempts) throw error;
        await pause(pointsmanError(error)?.retryAfterMs ?? 100 * 2 ** attempt, request.signal);
        if (request.signal.aborted) throw error;
      }
    }
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(milliseconds, 3000) * (0.75 + Math.random() / 2));
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
