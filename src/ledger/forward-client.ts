import { Worker } from "node:worker_threads";
import type { ForwardOptions } from "./forwarder.ts";
import type { ForwardState } from "./ledger.ts";

/** The serving thread's side of the forwarder. */
export interface ForwardClient {
  state(): ForwardState;
  /** Ends after the batch under way. */
  close(): Promise<void>;
}

const RESTART_MS = 1_000;

/** Starts the forwarder in a thread and keeps it alive. */
export function createForwardClient(options: ForwardOptions): ForwardClient {
  let state: ForwardState = {
    status: "ok",
    message: "",
    lag: 0,
    lagMs: 0,
    forwarded: 0,
    position: 0,
    retention: "",
  };
  let worker: Worker | undefined;
  let closed = false;

  const start = (): void => {
    const started = new Worker(new URL("./forward-thread.ts", import.meta.url), {
      workerData: options,
      name: "ledger-forward",
    });
    started.unref();
    worker = started;
    started.on("message", (message: ForwardState) => {
      state = message;
    });
    started.on("error", (error: Error) => {
      state = { ...state, status: "away", message: `The forwarder failed: ${error.message}` };
    });
    started.on("exit", () => {
      worker = undefined;
      if (!closed) setTimeout(() => closed || start(), RESTART_MS).unref();
    });
  };

  start();
  return {
    state: () => state,
    async close() {
      closed = true;
      const ending = worker;
      worker = undefined;
      if (!ending) return;
      const ended = new Promise<void>((resolve) => ending.once("exit", () => resolve()));
      ending.postMessage("close");
      const limit = setTimeout(() => void ending.terminate(), 2_000);
      await ended;
      clearTimeout(limit);
    },
  };
}
