import type { MetricObjectWithValues, MetricValue } from "prom-client";

/** The figures of one process, as they travel between processes. */
export type Figures = MetricObjectWithValues<MetricValue<string>>[];

/** What a worker tells the process that started it. */
export type FromWorker =
  | { readonly pointsman: "ready" }
  /** Asks for the figures of all workers. */
  | { readonly pointsman: "metrics_wanted"; readonly id: number }
  | { readonly pointsman: "figures"; readonly id: number; readonly figures: Figures };

/** What it is told. */
export type ToWorker =
  /** Asks for this worker's own figures. */
  | { readonly pointsman: "figures_wanted"; readonly id: number }
  /** What Prometheus reads; undefined where it could not be put together, with the reason. */
  | { readonly pointsman: "metrics"; readonly id: number; readonly text?: string; readonly reason?: string };

/** Set in the environment of workers that `serveByWorkers` started. */
export const WORKER_MARK = "POINTSMAN_WORKER";

/** Whether something that came over the channel between processes is ours. */
export function isOurs<Message extends FromWorker | ToWorker>(message: unknown): message is Message {
  return typeof message === "object" && message !== null && "pointsman" in message;
}
