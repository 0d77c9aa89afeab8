import type { Environment } from "./config.ts";
import type { Metrics } from "./http/metrics.ts";
import { type FromWorker, isOurs, type ToWorker, WORKER_MARK } from "./worker-messages.ts";

/** The link of a worker to the process that started it. */
export interface WorkerLink {
  /** The worker's number, from 1; one that was started in another's place has a new one. */
  readonly worker: number;
  /** Tells that requests are taken. */
  ready(): void;
  /** Offers the worker's own figures, and gives what renders those of all workers together. */
  share(metrics: Pick<Metrics, "figures">): () => Promise<string>;
}

/** How long the figures of all workers may take, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Opens the link; undefined where this process is nobody's worker. */
export function openWorkerLink(environment: Environment): WorkerLink | undefined {
  const worker = Number(environment[WORKER_MARK]);
  if (!worker || !process.send) return undefined;
  const tell = (message: FromWorker): void => void process.send?.(message);
  const waiting = new Map<number, PromiseWithResolvers<string>>();
  let lastId = 0;
  return {
    worker,
    ready: () => tell({ pointsman: "ready" }),
    share(metrics) {
      process.on("message", (message: unknown) => {
        if (!isOurs<ToWorker>(message)) return;
        const { id } = message;
        if (message.pointsman === "figures_wanted") {
          // A worker that cannot say its figures is missing in `pointsman_workers_up`.
          metrics.figures().then(
            (figures) => tell({ pointsman: "figures", id, figures }),
            () => undefined,
          );
          return;
        }
        const asked = waiting.get(id);
        if (message.text === undefined) asked?.reject(new Error(message.reason));
        else asked?.resolve(message.text);
      });
      return async () => {
        const id = ++lastId;
        const asked = Promise.withResolvers<string>();
        waiting.set(id, asked);
        const timer = setTimeout(() => asked.reject(new Error("the workers do not answer")), PATIENCE_MS);
        try {
          tell({ pointsman: "metrics_wanted", id });
          return await asked.promise;
        } finally {
          clearTimeout(timer);
          waiting.delete(id);
        }
      };
    },
  };
}
