import { connectValkey, valkeyScript } from "../lib/valkey.ts";
import { CLOSED_MS, FORGET_MS, SCARCE_MS } from "./counter.ts";
import type { CounterAnswer, ExchangeItem, LimitStore } from "./limit-store.ts";
import { EXCHANGE_SCRIPT, READ_SCRIPT } from "./valkey-limit-script.ts";

/** Where the counters are. */
export interface ValkeyLimitOptions {
  /** One URL of a server, or several of a cluster's nodes. */
  readonly urls: readonly string[];
  /** Goes before every key, so that several services can share a server. Default "pointsman:". */
  readonly keyPrefix?: string;
}

/**
 * Counters in Valkey or Redis (5 or later), for any number of replicas. Every counter is one key and one script call, so
 * no step spans two keys and a cluster is as right as a single server. Spend outlives a restart of the server as far as the
 * server keeps its data: `appendonly yes`, and `appendfsync always` where not even a second may be lost.
 */
export function createValkeyLimitStore({ urls, keyPrefix = "pointsman:" }: ValkeyLimitOptions): LimitStore {
  const client = connectValkey(urls);
  const exchangeScript = valkeyScript(EXCHANGE_SCRIPT);
  const readScript = valkeyScript(READ_SCRIPT);
  const keyOf = (key: string): string => `${keyPrefix}limit:{${key}}`;

  return {
    async exchange({ items, holdMs }, signal) {
      signal.throwIfAborted();
      return Promise.all(
        items.map(async (item) =>
          parseAnswer(
            item,
            await client.run(exchangeScript, [keyOf(item.counter.key)], parametersOf(item, holdMs), signal),
          ),
        ),
      );
    },
    read: (counters, signal) =>
      Promise.all(
        counters.map(async ({ key, refillPerMs }) => {
          const [spent, held] = numbers(await client.run(readScript, [keyOf(key)], [refillPerMs], signal));
          return { spent: spent ?? 0, held: held ?? 0 };
        }),
      ),
    sweep: async () => 0,
    close: () => client.close(),
  };
}

function parametersOf(item: ExchangeItem, holdMs: number): (string | number)[] {
  const { capacity, refillPerMs, keepMs } = item.counter;
  return [
    item.holder,
    item.sequence,
    item.spentTotal,
    item.outstanding,
    item.needed,
    item.extra,
    item.closing ? 1 : 0,
    capacity,
    refillPerMs,
    Number.isFinite(keepMs) ? keepMs : -1,
    holdMs,
    SCARCE_MS,
    FORGET_MS,
    CLOSED_MS,
  ];
}

function parseAnswer(item: ExchangeItem, answer: unknown): CounterAnswer | undefined {
  if (answer === null) return undefined;
  const [granted = 0, spent = 0, spentBefore = 0, heldByOthers = 0, scarce = 0] = numbers(answer);
  const held = heldByOthers + item.outstanding + granted;
  return { granted, spent, spentBefore, heldByOthers, held, scarce: scarce === 1 };
}

function numbers(answer: unknown): number[] {
  if (!Array.isArray(answer)) throw new Error("the store of limits gave an answer of another form");
  return answer.map((value) => Number(String(value)));
}
