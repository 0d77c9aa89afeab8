import { AggregatorRegistry, Gauge } from "prom-client";
import type { Figures } from "./worker-messages.ts";

/** Puts the figures of workers together. */
export interface WorkerFigures {
  /** Asks every worker, and renders what those say that answer in time. @param ask sends the question, with its number. */
  gather(workers: number, ask: (id: number) => void): Promise<string>;
  /** Takes an answer. */
  take(id: number, figures: Figures): void;
}

/** How long a worker may take to answer, in milliseconds. */
const PATIENCE_MS = 2_000;

/** Makes the gatherer. @param wanted how many workers there should be. */
export function createWorkerFigures(wanted: number): WorkerFigures {
  const rounds = new Map<number, (figures: Figures) => void>();
  let lastId = 0;
  return {
    async gather(workers, ask) {
      const id = ++lastId;
      const found: Figures[] = [];
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS);
        rounds.set(id, (figures) => {
          found.push(figures);
          if (found.length < workers) return;
          clearTimeout(timer);
          resolve();
        });
        ask(id);
      });
      rounds.delete(id);
      const all = AggregatorRegistry.aggregate(found);
      const gauge = (name: string, help: string, value: number): void =>
        new Gauge({ name, help, registers: [all] }).set(value);
      gauge("pointsman_workers", "Workers that there should be.", wanted);
      gauge("pointsman_workers_up", "Workers whose figures are in these.", found.length);
      return await all.metrics();
    },
    take: (id, figures) => rounds.get(id)?.(figures),
  };
}
