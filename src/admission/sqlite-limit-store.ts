import { Worker } from "node:worker_threads";
import { abortable } from "../lib/signals.ts";
import type { CounterAnswer, CounterReading, LimitStore } from "./limit-store.ts";
import type { StoreAnswer, StoreQuestion } from "./sqlite-limit-worker.ts";

/**
 * Counters in a SQLite file: right for several processes on one machine. Each exchange is one `BEGIN IMMEDIATE`
 * transaction, on disk before it is answered, in a thread of its own, so that no disk ever holds up a request.
 * @param path the file; folder and file are made where they are missing.
 * @throws Error, from the first call, where the file cannot be opened.
 */
export function createSqliteLimitStore(path: string): LimitStore {
  const worker = new Worker(new URL("./sqlite-limit-worker.ts", import.meta.url), { workerData: { path } });
  worker.unref();
  const open = new Map<number, PromiseWithResolvers<StoreAnswer>>();
  let nextId = 0;
  let failure: Error | undefined;

  const fail = (error: Error): void => {
    failure = error;
    for (const { reject } of open.values()) reject(error);
    open.clear();
  };
  worker.on("message", (answer: StoreAnswer) => {
    const question = open.get(answer.id);
    open.delete(answer.id);
    if (answer.error === undefined) question?.resolve(answer);
    else question?.reject(new Error(`the store of limits failed: ${answer.error}`));
    if (open.size === 0) worker.unref();
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(failure ?? new Error("the store of limits is closed")));

  const ask = async (question: StoreQuestion["ask"], signal: AbortSignal): Promise<StoreAnswer["result"]> => {
    signal.throwIfAborted();
    if (failure) throw failure;
    const id = nextId++;
    const waiting = Promise.withResolvers<StoreAnswer>();
    open.set(id, waiting);
    // An answer under way keeps the process alive; an idle store does not.
    worker.ref();
    worker.postMessage({ id, ask: question } satisfies StoreQuestion);
    return (await abortable(waiting.promise, signal)).result;
  };

  return {
    exchange: async (request, signal) =>
      (await ask({ kind: "exchange", request }, signal)) as (CounterAnswer | undefined)[],
    read: async (counters, signal) => (await ask({ kind: "read", counters }, signal)) as CounterReading[],
    sweep: async (signal) => (await ask({ kind: "sweep" }, signal)) as number,
    async close() {
      if (failure) return;
      await ask({ kind: "close" }, AbortSignal.timeout(5_000)).catch(() => undefined);
      await worker.terminate();
    },
  };
}
