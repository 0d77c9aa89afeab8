import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { abortable } from "../lib/signals.ts";
import { openDatabaseReadOnly } from "../lib/sqlite.ts";
import type { AnswerBounds, AnswerStore, KeptAnswer } from "./answer-store.ts";
import type { CacheAnswer, CacheQuestion } from "./sqlite-answer-worker.ts";

/** How often uses are reported to the writing thread, in milliseconds, and how many are gathered at most. */
const TOUCH_MS = 1_000;
const MOST_TOUCHED = 10_000;

/**
 * Answers in a SQLite file, which several processes may share. Reading is a look-up in memory-mapped pages on the calling
 * thread, some microseconds; all writing happens in a thread of its own.
 * @param now milliseconds since 1970.
 */
export function createSqliteAnswerStore(path: string, bounds: AnswerBounds, now: () => number): AnswerStore {
  const worker = new Worker(new URL("./sqlite-answer-worker.ts", import.meta.url), {
    workerData: { path, bounds },
  });
  worker.unref();
  const open = new Map<number, PromiseWithResolvers<number>>();
  const touched = new Set<string>();
  let nextId = 0;
  let failure: Error | undefined;
  let reader: { database: DatabaseSync; get: StatementSync } | undefined;

  const fail = (error: Error): void => {
    failure = error;
    for (const { reject } of open.values()) reject(error);
    open.clear();
  };
  worker.on("message", ({ id, result, error }: CacheAnswer) => {
    const question = open.get(id);
    open.delete(id);
    if (error === undefined) question?.resolve(result);
    else question?.reject(new Error(`the answer cache failed: ${error}`));
    if (open.size === 0) worker.unref();
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => fail(failure ?? new Error("the answer cache is closed")));

  const ask = (question: CacheQuestion["ask"], signal: AbortSignal): Promise<number> => {
    if (failure) return Promise.reject(failure);
    const id = nextId++;
    const waiting = Promise.withResolvers<number>();
    open.set(id, waiting);
    worker.ref();
    worker.postMessage({ id, ask: question } satisfies CacheQuestion);
    return abortable(waiting.promise, signal);
  };

  const reportTouched = (): void => {
    if (touched.size === 0 || failure) return;
    const ids = [...touched];
    touched.clear();
    ask({ kind: "touch", ids, now: now() }, AbortSignal.timeout(10_000)).catch(() => undefined);
  };
  const timer = setInterval(reportTouched, TOUCH_MS);
  timer.unref();

  const openReader = async (signal: AbortSignal): Promise<NonNullable<typeof reader>> => {
    // The writing thread makes the file.
    await ask({ kind: "ready" }, signal);
    const database = openDatabaseReadOnly(path);
    const get = database.prepare(
      "SELECT decision_id, completion, labels, cost_micros FROM answers WHERE tenant = ? AND key = ? AND expires_at > ?",
    );
    reader ??= { database, get };
    return reader;
  };

  return {
    async get(tenant, key, signal) {
      signal.throwIfAborted();
      const { get } = reader ?? (await openReader(signal));
      const row = get.get(tenant, key, now());
      if (!row) return undefined;
      if (touched.size < MOST_TOUCHED) touched.add(JSON.stringify([tenant, key]));
      return {
        decisionId: String(row.decision_id),
        completion: row.completion as Uint8Array,
        labels: JSON.parse(String(row.labels)) as KeptAnswer["labels"],
        costMicros: Number(row.cost_micros),
      };
    },
    async put(tenant, key, answer, ttlMs, signal) {
      await ask({ kind: "put", tenant, key, answer, now: now(), expiresAt: now() + ttlMs }, signal);
    },
    purge: (tenant, label, signal) => ask({ kind: "purge", tenant, label }, signal),
    async close() {
      clearInterval(timer);
      reportTouched();
      reader?.database.close();
      if (failure) return;
      await ask({ kind: "close" }, AbortSignal.timeout(5_000)).catch(() => undefined);
      await worker.terminate();
    },
  };
}
