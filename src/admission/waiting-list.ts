import type { Clock } from "../lib/clock.ts";
import type { Allowance } from "./allowance.ts";

/** An amount of one counter. */
export interface Line {
  readonly allowance: Allowance;
  readonly amount: number;
}

/** How a wait for more ended. */
export type Verdict =
  | { readonly kind: "taken" }
  /** There is not enough of this one. */
  | { readonly kind: "short"; readonly line: Line }
  /** The store is away, and what this process holds is not enough. */
  | { readonly kind: "away" }
  /** Too many requests wait for the store. */
  | { readonly kind: "crowded" };

/** Requests that wait for the store, first come, first served. */
export interface WaitingList {
  readonly size: number;
  /** Whether somebody waits for the next exchange, and not only for others to give back. */
  readonly urgent: boolean;
  /** What those who wait lack. */
  allowances(): Set<Allowance>;
  /** Waits until the lines were taken or it is known that they will not be. Rejects with the signal's reason. */
  join(lines: readonly Line[], signal: AbortSignal): Promise<Verdict>;
  /** After an exchange: takes for those who can be served and sends away those who cannot. Adds what was touched. */
  serve(storeAway: boolean, touched: Set<Allowance>): void;
}

interface Waiter {
  readonly lines: readonly Line[];
  readonly settle: (verdict: Verdict) => void;
  /** Since when it waits for others to give back; undefined where it does not. */
  recallStart: number | undefined;
}

/** How long a request waits for other processes to give back what they only keep ready, in flush intervals. */
const RECALL_FLUSHES = 2.5;

/** How long after a vain recall nobody waits for another, in milliseconds. */
const RECALL_REST_MS = 1_000;

/** Makes the list. */
export function createWaitingList(options: {
  readonly clock: Clock;
  readonly timing: () => { readonly flushMs: number };
  readonly mostWaiting: number;
}): WaitingList {
  const { clock } = options;
  const waiters = new Set<Waiter>();

  const leave = (waiter: Waiter): boolean => {
    if (!waiters.delete(waiter)) return false;
    for (const { allowance, amount } of waiter.lines) allowance.waiting -= amount;
    return true;
  };

  const judge = (waiter: Waiter, storeAway: boolean): Verdict | undefined => {
    const lacking = waiter.lines.filter(({ allowance, amount }) => allowance.available < amount);
    if (lacking.length === 0) return { kind: "taken" };
    if (storeAway) return { kind: "away" };
    const short = lacking.find(({ allowance }) => allowance.short);
    if (!short) return undefined;
    return mayComeBack(waiter, short, clock.monotonic()) ? undefined : { kind: "short", line: short };
  };

  /** Whether it is worth waiting for others: what they keep ready, or have not yet reported as unused, may be enough. */
  const mayComeBack = (waiter: Waiter, { allowance, amount }: Line, now: number): boolean => {
    const others = allowance.last?.heldByOthers ?? 0;
    if (others === 0 || allowance.counter.refillPerMs > 0 || allowance.remaining + others < amount)
      return false;
    if (waiter.recallStart === undefined) {
      if (now - allowance.recalledAt < RECALL_REST_MS) return false;
      waiter.recallStart = now;
    }
    if (now - waiter.recallStart < options.timing().flushMs * RECALL_FLUSHES) return true;
    allowance.recalledAt = now;
    return false;
  };

  return {
    get size() {
      return waiters.size;
    },
    get urgent() {
      for (const waiter of waiters) if (waiter.recallStart === undefined) return true;
      return false;
    },
    allowances() {
      const lacking = new Set<Allowance>();
      for (const { lines } of waiters) for (const { allowance } of lines) lacking.add(allowance);
      return lacking;
    },
    join(lines, signal) {
      if (waiters.size >= options.mostWaiting) return Promise.resolve({ kind: "crowded" });
      return new Promise<Verdict>((resolve, reject) => {
        const onAbort = (): void => {
          if (leave(waiter)) reject(signal.reason);
        };
        const waiter: Waiter = {
          lines,
          settle(verdict) {
            signal.removeEventListener("abort", onAbort);
            resolve(verdict);
          },
          recallStart: undefined,
        };
        signal.addEventListener("abort", onAbort, { once: true });
        waiters.add(waiter);
        for (const { allowance, amount } of lines) {
          allowance.waiting += amount;
          // What an earlier exchange found short says nothing about this request.
          allowance.short = false;
        }
      });
    },
    serve(storeAway, touched) {
      for (const waiter of [...waiters]) {
        const verdict = judge(waiter, storeAway);
        if (!verdict) continue;
        leave(waiter);
        for (const { allowance, amount } of waiter.lines) {
          if (verdict.kind === "taken") allowance.take(amount);
          touched.add(allowance);
        }
        waiter.settle(verdict);
      }
    },
  };
}
