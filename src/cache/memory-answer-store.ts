import { type AnswerBounds, type AnswerStore, type KeptAnswer, sizeOf } from "./answer-store.ts";

/** Answers in memory: for tests, and for a single process that keeps nothing. @param now milliseconds since 1970. */
export function createMemoryAnswerStore(bounds: AnswerBounds, now: () => number): AnswerStore {
  // A Map keeps the order of insertion: what was used last is moved to the end.
  const entries = new Map<string, { tenant: string; answer: KeptAnswer; until: number }>();
  let bytes = 0;
  const nameOf = (tenant: string, key: string): string => JSON.stringify([tenant, key]);
  const drop = (name: string): void => {
    const entry = entries.get(name);
    if (!entry) return;
    entries.delete(name);
    bytes -= sizeOf(entry.answer);
  };
  return {
    async get(tenant, key, signal) {
      signal.throwIfAborted();
      const name = nameOf(tenant, key);
      const entry = entries.get(name);
      if (!entry) return undefined;
      if (entry.until <= now()) {
        drop(name);
        return undefined;
      }
      entries.delete(name);
      entries.set(name, entry);
      return entry.answer;
    },
    async put(tenant, key, answer, ttlMs, signal) {
      signal.throwIfAborted();
      if (sizeOf(answer) > bounds.maxBytes) return;
      const name = nameOf(tenant, key);
      drop(name);
      entries.set(name, { tenant, answer, until: now() + ttlMs });
      bytes += sizeOf(answer);
      for (const oldest of entries.keys()) {
        if (bytes <= bounds.maxBytes && entries.size <= bounds.maxEntries) break;
        drop(oldest);
      }
    },
    async purge(tenant, label, signal) {
      signal.throwIfAborted();
      let count = 0;
      for (const [name, entry] of entries) {
        if (entry.tenant !== tenant || (label && entry.answer.labels[label.name] !== label.value)) continue;
        drop(name);
        count++;
      }
      return count;
    },
    async close() {},
  };
}
