import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import {
  type WatchEntriesRequest,
  WatchEntriesRequestSchema,
  type WatchEntriesResponse,
} from "../gen/pointsman/v1/audit_service_pb.ts";
import { ErrorReason } from "../gen/pointsman/v1/error_reason_pb.ts";
import { pointsmanError } from "./error.ts";

/** Opens one stream: `(request, signal) => audit.watchEntries(request, { signal })`, by whichever client. */
export type OpenWatch = (
  request: WatchEntriesRequest,
  signal: AbortSignal,
) => AsyncIterable<WatchEntriesResponse>;

export interface WatchOptions {
  /** Ends the watch. If not set, leaving the loop does. */
  readonly signal?: AbortSignal;
  /** A stream that is silent for longer than this is opened anew; checkpoints come every 15 s. 45,000 if not set. */
  readonly silenceMs?: number;
  /** Told before each wait, for logs. If not set, nobody is. */
  readonly onDisconnect?: (error: unknown, attempt: number) => void;
}

/**
 * Follows the ledger across disconnects: after each, the stream is resumed from the last cursor that was handed out, so
 * nothing is missed and nothing comes twice. Waits 100 ms to 5 s between tries, without an end. Throws what trying again
 * cannot heal, such as a missing role or an expired cursor. Every message has a cursor; keep one to resume after a crash.
 */
export async function* watchEntries(
  open: OpenWatch,
  request: MessageInitShape<typeof WatchEntriesRequestSchema>,
  options: WatchOptions = {},
): AsyncGenerator<WatchEntriesResponse, void, void> {
  const next = create(WatchEntriesRequestSchema, request);
  // "From now on" means from this call on, even where the first stream breaks before it brings a cursor.
  const begin = timestampFromMs(Date.now());
  for (let attempt = 1; !options.signal?.aborted; attempt++) {
    let cause: unknown;
    const stream = new AbortController();
    const stop = () => stream.abort();
    options.signal?.addEventListener("abort", stop);
    const silence = watchdog(options.silenceMs ?? 45_000, stop);
    try {
      for await (const message of open(next, stream.signal)) {
        silence.pause();
        attempt = 0;
        next.cursor = message.cursor;
        yield message;
        silence.resume();
      }
    } catch (error) {
      cause = error;
      const hopeless = !stream.signal.aborted && !worthRetrying(error);
      if (hopeless) throw error;
    } finally {
      silence.pause();
      options.signal?.removeEventListener("abort", stop);
      stream.abort();
    }
    if (options.signal?.aborted) return;
    if (next.cursor === "") next.startTime ??= begin;
    options.onDisconnect?.(cause, attempt);
    await pause(Math.min(100 * 2 ** attempt, 5000) * (0.75 + Math.random() / 2), options.signal);
  }
}

/** What the contract says of these reasons: try again, or resume from the last cursor. */
const passing: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.SLOW_CONSUMER,
  ErrorReason.SHUTTING_DOWN,
  ErrorReason.OVERLOADED,
  ErrorReason.RATE_LIMITED,
  ErrorReason.AUDIT_UNAVAILABLE,
  ErrorReason.LIMITS_UNAVAILABLE,
  ErrorReason.INTERNAL,
]);

/** Codes that a broken connection never has, as gRPC numbers them: a proxy or another service said no. */
const final: ReadonlySet<number> = new Set([5, 7, 11, 12, 16]);

function worthRetrying(error: unknown): boolean {
  const said = pointsmanError(error);
  if (said !== undefined) return passing.has(said.reason);
  if (error instanceof ConnectError) return !final.has(error.code);
  return !(error instanceof Error && "code" in error && final.has(Number(error.code)));
}

function watchdog(milliseconds: number, bark: () => void): { pause(): void; resume(): void } {
  let timer = setTimeout(bark, milliseconds);
  return {
    pause: () => clearTimeout(timer),
    resume: () => {
      clearTimeout(timer);
      timer = setTimeout(bark, milliseconds);
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}
