import type { Cell } from "./plan.ts";
import type { Result } from "./results.ts";
import { type CellTools, runCell } from "./run-cell.ts";

/** How an evaluation is run. */
export interface RunOptions {
  /** Names the run; sorts by time. */
  readonly run: string;
  /** Cells under way at once. */
  readonly concurrency: number;
  /** US dollars that this run may spend, judges included. */
  readonly budget: number;
  readonly tools: CellTools;
  /** Called with each result as soon as it is known. */
  onResult(result: Result): void;
}

/** What a run has done. */
export interface RunSummary {
  /** US dollars, judges included. */
  readonly spent: number;
  /** Cells that were left because the money was spent. */
  readonly left: number;
}

/**
 * Works on cells until all are done or the next one might not be paid for. What a call will cost is taken to be the most
 * that this candidate's calls have cost so far; only its first calls, of which nothing is known, can go beyond the budget.
 */
export async function runEvaluation(
  cells: readonly Cell[],
  options: RunOptions,
  signal: AbortSignal,
): Promise<RunSummary> {
  const { run, concurrency, budget, tools, onResult } = options;
  const highest = new Map<string, number>();
  let spent = 0;
  let reserved = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const cell = cells[next];
      if (cell === undefined) return;
      const price = highest.get(cell.candidate.name) ?? 0;
      if (spent + reserved + price > budget || spent >= budget) return;
      next++;
      reserved += price;
      const result = await runCell(cell, run, tools, signal);
      reserved -= price;
      const cost = result.cost + result.judge_cost;
      spent += cost;
      highest.set(cell.candidate.name, Math.max(highest.get(cell.candidate.name) ?? 0, cost));
      onResult(result);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, cells.length) }, work);
  const ends = await Promise.allSettled(workers);
  const broken = ends.find((end) => end.status === "rejected");
  if (broken) throw broken.reason;
  return { spent, left: cells.length - next };
}
