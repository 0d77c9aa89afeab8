import { connectValkey, valkeyScript } from "../lib/valkey.ts";
import { type AnswerBounds, type AnswerStore, type KeptAnswer, sizeOf } from "./answer-store.ts";
import { DROP_ANSWERS, GET_ANSWER, PUT_ANSWER } from "./valkey-answer-script.ts";

/** Where the answers are. */
export interface ValkeyAnswerOptions {
  /** One URL of a server, or several of a cluster's nodes. */
  readonly urls: readonly string[];
  /** Goes before every key. Default "pointsman:". */
  readonly keyPrefix?: string;
}

/** Answers that are looked at in one step of a purge by label. */
const SCAN_COUNT = 200;

/**
 * Answers in Valkey or Redis, shared by all replicas. The bounds are those of each tenant, so that none can push out another's.
 * @param now milliseconds since 1970.
 */
export function createValkeyAnswerStore(
  { urls, keyPrefix = "pointsman:" }: ValkeyAnswerOptions,
  bounds: AnswerBounds,
  now: () => number,
): AnswerStore {
  const client = connectValkey(urls);
  const [get, put, drop] = [valkeyScript(GET_ANSWER), valkeyScript(PUT_ANSWER), valkeyScript(DROP_ANSWERS)];
  // An empty pair of braces would be no hash tag, and a tenant may be empty: hence the sign inside.
  const keysOf = (tenant: string): string[] =>
    ["answers", "uses", "ends", "sizes"].map(
      (part) => `${keyPrefix}cache:{=${encodeURIComponent(tenant)}}:${part}`,
    );

  const scan = async (tenant: string, cursor: string, signal: AbortSignal) => {
    const [answers = ""] = keysOf(tenant);
    const reply = await client.command("HSCAN", [answers, cursor, "COUNT", SCAN_COUNT], signal);
    const [next, fields] = reply as [Buffer, Buffer[]];
    return { next: next.toString(), fields };
  };

  return {
    async get(tenant, key, signal) {
      signal.throwIfAborted();
      const packed = await client.run(get, keysOf(tenant), [key, now()], signal);
      return packed instanceof Uint8Array ? unpack(packed) : undefined;
    },
    async put(tenant, key, answer, ttlMs, signal) {
      signal.throwIfAborted();
      const size = sizeOf(answer);
      if (size > bounds.maxBytes) return;
      const parameters = [
        key,
        now(),
        pack(answer),
        size,
        Math.ceil(ttlMs),
        bounds.maxBytes,
        bounds.maxEntries,
      ];
      await client.run(put, keysOf(tenant), parameters, signal);
    },
    async purge(tenant, label, signal) {
      let [count, cursor] = [0, "0"];
      do {
        const { next, fields } = await scan(tenant, cursor, signal);
        const names: Uint8Array[] = [];
        for (let index = 0; index + 1 < fields.length; index += 2) {
          const answer = unpack(fields[index + 1]!);
          if (!label || answer.labels[label.name] === label.value) names.push(fields[index]!);
        }
        if (names.length > 0) count += Number(await client.run(drop, keysOf(tenant), names, signal));
        cursor = next;
      } while (cursor !== "0");
      return count;
    },
    close: () => client.close(),
  };
}

/** A head of JSON with its length before it, then the completion as it is. */
function pack({ decisionId, completion, labels, costMicros }: KeptAnswer): Uint8Array {
  const head = Buffer.from(JSON.stringify({ decisionId, labels, costMicros }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, completion]);
}

function unpack(packed: Uint8Array): KeptAnswer {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.subarray(4, end).toString()) as Omit<KeptAnswer, "completion">;
  return { ...head, completion: new Uint8Array(bytes.subarray(end)) };
}
