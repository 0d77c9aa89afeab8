import { Worker } from "node:worker_threads";
import { abortable } from "../lib/signals.ts";
import { fromFault, LedgerError, toFault } from "./errors.ts";
import type { FromReader, ToReader } from "./thread-messages.ts";

/** Talks to a thread that serves calls and streams; see `serveThread`. */
export interface ThreadClient {
  call(method: string, argument: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Batches of items, fetched one at a time as the consumer asks. */
  stream(
    method: string,
    argument: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<readonly unknown[], void, undefined>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(message: FromReader): void;
  reject(error: unknown): void;
}

/** Calls that may wait at once; a bound on memory, far above what a server admits. */
const MOST_WAITING = 20_000;

/** Starts a thread. A thread that dies is started again by the next call; what waited for it rejects. */
export function createThreadClient(file: URL, workerData: unknown, name: string): ThreadClient {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;
  let closed = false;

  const start = (): Worker => {
    const started = new Worker(file, { workerData, name });
    started.unref();
    const failAll = (error: unknown): void => {
      if (worker === started) worker = undefined;
      const fault = fromFault(toFault(error));
      for (const { reject } of waiting.values()) reject(fault);
      waiting.clear();
    };
    started.on("message", (message: FromReader) => {
      const { resolve } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      resolve?.(message);
    });
    started.on("error", failAll);
    started.on("exit", () => failAll(new LedgerError("closed", "The reading thread ended.")));
    return started;
  };

  worker = start();

  const ask = (message: ToReader): Promise<FromReader> => {
    if (closed) return Promise.reject(new LedgerError("closed", "The ledger is closed."));
    if (waiting.size >= MOST_WAITING) {
      return Promise.reject(
        new LedgerError("overloaded", "Too many questions to the ledger wait for an answer."),
      );
    }
    worker ??= start();
    const { promise, resolve, reject } = Promise.withResolvers<FromReader>();
    waiting.set(message.id, { resolve, reject });
    worker.postMessage(message);
    return promise;
  };
  const cancel = (id: number): void => {
    waiting.delete(id);
    worker?.postMessage({ type: "cancel", id } satisfies ToReader);
  };

  return {
    async call(method, argument, signal) {
      const id = ++lastId;
      const asked = ask({ type: "call", id, method, argument });
      if (!signal) return contentOf(await asked);
      try {
        return contentOf(await abortable(asked, signal));
      } catch (error) {
        if (signal.aborted) cancel(id);
        throw error;
      }
    },
    async *stream(method, argument, signal) {
      const id = ++lastId;
      let message = ask({ type: "open", id, method, argument });
      try {
        for (;;) {
          const answer = await abortable(message, signal);
          if (answer.type === "fault") throw fromFault(answer.fault);
          if (answer.type !== "batch") return;
          yield answer.items;
          message = ask({ type: "next", id });
        }
      } finally {
        message.catch(() => undefined);
        cancel(id);
      }
    },
    async close() {
      closed = true;
      const ending = worker;
      worker = undefined;
      await ending?.terminate();
    },
  };
}

function contentOf(message: FromReader): unknown {
  if (message.type === "fault") throw fromFault(message.fault);
  return message.type === "answer" ? message.value : undefined;
}
