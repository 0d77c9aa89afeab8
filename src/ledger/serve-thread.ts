import type { MessagePort } from "node:worker_threads";
import { LedgerError, toFault } from "./errors.ts";
import type { FromReader, ToReader } from "./thread-messages.ts";

/** What a thread can be asked. */
export interface ThreadMethods {
  readonly calls: Readonly<Record<string, (argument: never, signal: AbortSignal) => Promise<unknown>>>;
  /** Each yields batches of items. */
  readonly streams: Readonly<
    Record<
      string,
      (argument: never, signal: AbortSignal) => AsyncGenerator<readonly unknown[], void, undefined>
    >
  >;
}

interface OpenStream {
  readonly batches: AsyncGenerator<readonly unknown[], void, undefined>;
  readonly controller: AbortController;
  /** When the consumer last asked, on the monotonic clock. */
  asked: number;
  /** A batch is on its way or being made. */
  busy: boolean;
}

/**
 * Serves calls and streams on a port. One batch of a stream is made at a time and only when it is asked for, so a slow
 * consumer costs one batch. One that has not asked for `patienceMs` is let go and told so when it comes back.
 */
export function serveThread(
  port: MessagePort,
  methods: ThreadMethods,
  patienceMs: number,
): { close(): void } {
  const calls = new Map<number, AbortController>();
  const streams = new Map<number, OpenStream>();
  const letGo = new Set<number>();
  const send = (message: FromReader): void => port.postMessage(message);

  const call = async (id: number, method: string, argument: unknown): Promise<void> => {
    const controller = new AbortController();
    calls.set(id, controller);
    try {
      const run = methods.calls[method];
      if (!run) throw new LedgerError("unavailable", `The thread knows no call "${method}".`);
      send({ type: "answer", id, value: await run(argument as never, controller.signal) });
    } catch (error) {
      send({ type: "fault", id, fault: toFault(error) });
    } finally {
      calls.delete(id);
    }
  };

  const next = async (id: number): Promise<void> => {
    const stream = streams.get(id);
    if (!stream) {
      const told = letGo.delete(id);
      const fault = new LedgerError(
        "slow_consumer",
        "The stream was not read for too long. Resume from the last cursor.",
      );
      send(told ? { type: "fault", id, fault: toFault(fault) } : { type: "end", id });
      return;
    }
    stream.busy = true;
    try {
      const { done, value } = await stream.batches.next();
      if (done) streams.delete(id);
      send(done ? { type: "end", id } : { type: "batch", id, items: value });
    } catch (error) {
      streams.delete(id);
      send({ type: "fault", id, fault: toFault(error) });
    } finally {
      stream.busy = false;
      stream.asked = performance.now();
    }
  };

  const end = (id: number): void => {
    calls.get(id)?.abort();
    letGo.delete(id);
    const stream = streams.get(id);
    if (!stream) return;
    streams.delete(id);
    stream.controller.abort();
    stream.batches.return().catch(() => undefined);
  };

  port.on("message", (message: ToReader) => {
    switch (message.type) {
      case "call":
        void call(message.id, message.method, message.argument);
        break;
      case "open": {
        const controller = new AbortController();
        const open = methods.streams[message.method];
        if (open) {
          const batches = open(message.argument as never, controller.signal);
          streams.set(message.id, { batches, controller, asked: performance.now(), busy: false });
        }
        void next(message.id);
        break;
      }
      case "next":
        void next(message.id);
        break;
      case "cancel":
        end(message.id);
        break;
    }
  });

  const sweep = setInterval(
    () => {
      for (const [id, stream] of streams) {
        if (stream.busy || performance.now() - stream.asked < patienceMs) continue;
        end(id);
        letGo.add(id);
        // A consumer that never comes back must not be remembered for good.
        if (letGo.size > 10_000) for (const first of letGo) if (letGo.delete(first)) break;
      }
    },
    Math.max(50, patienceMs / 4),
  );
  sweep.unref();

  return {
    close() {
      clearInterval(sweep);
      for (const id of [...streams.keys(), ...calls.keys()]) end(id);
    },
  };
}
