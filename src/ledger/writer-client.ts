import { Worker } from "node:worker_threads";
import { create } from "@bufbuild/protobuf";
import { Notice_Kind, NoticeSchema } from "#gen/pointsman/v1/entry_pb.ts";
import type { Clock } from "../lib/clock.ts";
import type { MakeId } from "../lib/ids.ts";
import { createAppender } from "./appender.ts";
import type { FromWriter, ToWriter } from "./batch.ts";
import type { LedgerSettings } from "./config.ts";
import { fromFault, LedgerError, toFault } from "./errors.ts";
import type { LedgerKeys } from "./keys.ts";
import type { LedgerState, NewEntry } from "./ledger.ts";
import type { WriterThreadData } from "./writing.ts";

/** The serving thread's side of the writing thread. */
export interface WriterClient {
  append(entry: NewEntry): Promise<void>;
  /** Asks the writing thread, after everything that was appended before. */
  call(method: string, argument: unknown): Promise<unknown>;
  state(): LedgerState;
  /** Resolves when the first attempt to open the storage is over, well or badly. */
  opened(): Promise<void>;
  close(): Promise<void>;
}

/** How long after a thread died the next one is started. */
const RESTART_MS = 1_000;

/** Starts the writing thread and keeps it alive. */
export function createWriterClient(
  settings: LedgerSettings,
  keys: LedgerKeys,
  {
    clock,
    makeId,
    folder,
    commits,
  }: { clock: Clock; makeId: MakeId; folder: string; commits: SharedArrayBuffer },
): WriterClient {
  const calls = new Map<number, PromiseWithResolvers<unknown>>();
  const opened = Promise.withResolvers<void>();
  const serveUnrecorded = settings.on_failure === "serve_unrecorded";
  let worker: Worker | undefined;
  let ready = false;
  let closed = false;
  let failure = "";
  let writerId = "";
  let lastSequence = 0;
  let lastCall = 0;
  let unrecorded = 0;
  /** Entries missed since the last one that was written, and when the first of them was. */
  let gap: { count: number; since: number } | undefined;

  const appender = createAppender(
    { maxPending: settings.max_pending, maxPendingBytes: settings.max_pending_bytes },
    clock,
    (batch, transfer) => worker?.postMessage({ type: "entries", batch } satisfies ToWriter, transfer),
  );

  const fail = (error: LedgerError): void => {
    failure = error.message;
  };

  const start = (): void => {
    const options: WriterThreadData = {
      folder,
      durability: settings.durability,
      keys: settings.encryption?.keys ?? [],
      freshWriterId: makeId(),
      now: Math.floor(clock.now()),
      sign: keys.sign,
      commits,
    };
    const started = new Worker(new URL("./writer-thread.ts", import.meta.url), {
      workerData: options,
      name: "ledger-writer",
    });
    worker = started;
    started.on("message", receive);
    const died = (error: unknown): void => {
      if (worker !== started) return;
      worker = undefined;
      ready = false;
      const fault = fromFault(toFault(error));
      fail(fault);
      appender.failAll(fault);
      for (const call of calls.values()) call.reject(fault);
      calls.clear();
      opened.resolve();
      if (!closed) setTimeout(() => closed || start(), RESTART_MS).unref();
    };
    started.on("error", died);
    started.on("exit", (code) => died(new Error(`the writing thread ended with code ${code}`)));
  };

  const receive = (message: FromWriter): void => {
    switch (message.type) {
      case "written":
        lastSequence = message.lastSequence;
        failure = "";
        appender.settle(message.count);
        tellGap();
        break;
      case "failed": {
        const error = fromFault(message.fault);
        fail(error);
        appender.settle(message.count, error);
        break;
      }
      case "fault":
        calls.get(message.id)?.reject(fromFault(message.fault));
        calls.delete(message.id);
        break;
      case "answer":
        if (message.id === 0) {
          ({ writerId, lastSequence } = message.value as { writerId: string; lastSequence: number });
          ready = true;
          failure = "";
          opened.resolve();
        }
        calls.get(message.id)?.resolve(message.value);
        calls.delete(message.id);
        break;
    }
  };

  /** Says in the chain that entries are missing, as soon as it can be written again: no gap is silent. */
  const tellGap = (): void => {
    if (!gap) return;
    const { count, since } = gap;
    gap = undefined;
    const value = create(NoticeSchema, {
      kind: Notice_Kind.UNRECORDED,
      message: `${count} entries could not be recorded, as the configuration allows.`,
      details: { count: String(count), since: new Date(since).toISOString() },
    });
    appender.append({ decisionId: "", tenant: "", event: { case: "notice", value } }).catch(() => {
      gap = { count: count + (gap?.count ?? 0), since };
    });
  };

  const missed = (error: unknown): void => {
    if (!(error instanceof LedgerError) || error.kind !== "unavailable") throw error;
    unrecorded += 1;
    gap = { count: (gap?.count ?? 0) + 1, since: gap?.since ?? clock.now() };
  };

  const call = async (method: string, argument: unknown): Promise<unknown> => {
    if (!worker || !ready) throw new LedgerError("unavailable", `The ledger cannot be written: ${failure}`);
    appender.flush();
    const id = ++lastCall;
    const waiting = Promise.withResolvers<unknown>();
    calls.set(id, waiting);
    worker.postMessage({ type: "call", id, method, argument } satisfies ToWriter);
    return await waiting.promise;
  };

  start();
  return {
    append(entry) {
      if (closed) return Promise.reject(new LedgerError("closed", "The ledger is closed."));
      if (!ready) {
        const away = Promise.reject(
          new LedgerError("unavailable", `The ledger cannot be written: ${failure}`),
        );
        return serveUnrecorded ? away.catch(missed) : away;
      }
      // In `async` nobody waits, unless there is trouble: then the caller hears of it as in the other modes.
      const waits = settings.durability !== "async" || appender.full || failure !== "";
      const written = appender.append(entry);
      if (!waits) {
        written.catch(missed).catch(() => undefined);
        return Promise.resolve();
      }
      return serveUnrecorded ? written.catch(missed) : written;
    },
    call,
    state() {
      const oldest = appender.oldestPending;
      const oldestPendingMs = oldest === undefined ? 0 : clock.monotonic() - oldest;
      const slow = oldestPendingMs > settings.slow_ms;
      const status = failure !== "" ? "failing" : slow ? "slow" : "ok";
      const message =
        failure || (slow ? `The oldest entry waits for ${Math.round(oldestPendingMs)} ms.` : "");
      const { pending } = appender;
      return {
        status,
        message,
        writerId,
        pending,
        lastSequence,
        unrecorded,
        oldestPendingMs,
        forward: undefined,
      };
    },
    opened: () => opened.promise,
    async close() {
      if (closed) return;
      closed = true;
      try {
        if (worker && ready) await call("close", { now: Math.floor(clock.now()) });
      } finally {
        await worker?.terminate();
      }
    },
  };
}
