import { type CounterState, emptyCounter, exchangeCounter, readCounter } from "./counter.ts";
import type { LimitStore } from "./limit-store.ts";

/** A counter with the time when it may be dropped, in milliseconds since 1970. */
export interface MemoryCounter extends CounterState {
  dropAt?: number;
}

/**
 * Counters in memory: for tests, and for a single process that may forget what was spent when it ends. The state may be
 * shared by several stores, as processes share a database.
 * @param now milliseconds since 1970.
 */
export function createMemoryLimitStore(
  now: () => number,
  counters: Map<string, MemoryCounter> = new Map(),
): LimitStore {
  return {
    async exchange({ items, holdMs }, signal) {
      signal.throwIfAborted();
      return items.map((item) => {
        const state: MemoryCounter = counters.get(item.counter.key) ?? emptyCounter(now());
        counters.set(item.counter.key, state);
        state.dropAt = now() + item.counter.keepMs;
        return exchangeCounter(state, item, holdMs, now());
      });
    },
    async read(specs, signal) {
      signal.throwIfAborted();
      return specs.map((spec) => {
        const state = counters.get(spec.key);
        return state ? readCounter(state, spec, now()) : { spent: 0, held: 0 };
      });
    },
    async sweep() {
      const before = counters.size;
      for (const [key, state] of counters) if ((state.dropAt ?? 0) <= now()) counters.delete(key);
      return before - counters.size;
    },
    async close() {},
  };
}
