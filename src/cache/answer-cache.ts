import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Completion, CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { createAnswerFlights } from "./answer-flights.ts";
import type { AnswerStore, KeptAnswer, PurgeLabel } from "./answer-store.ts";
import { CacheError } from "./cache-error.ts";

/** An answer that may be given again. */
interface CachedAnswer {
  /** The decision that it was made for. */
  readonly decisionId: string;
  /** A copy of the caller's own. */
  readonly completion: Completion;
  /** What repeating it saves, in micros of a US dollar. */
  readonly costMicros: number;
}

/** An answer to keep. */
interface AnswerToKeep {
  readonly decisionId: string;
  /** Must be COMPLETED. */
  readonly completion: Completion;
  /** The labels of the request, by which answers may be purged. */
  readonly labels: Readonly<Record<string, string>>;
  /** How long it may be repeated, in milliseconds. */
  readonly ttlMs: number;
  /** Larger answers are given to those that wait, and not kept. Default 256 KiB. */
  readonly maxBytes?: number;
}

/** What the cache says to a request. */
type CacheReply =
  | {
      readonly kind: "hit";
      readonly answer: CachedAnswer;
      /** Whether it comes from an equal request under way at the same time. */
      readonly joined: boolean;
    }
  | {
      readonly kind: "miss";
      /** Gives the answer to equal requests that wait, and keeps it. @throws CacheError `not_completed`. */
      keep(answer: AnswerToKeep): void;
      /** Lets the next equal request that waits try, where nothing was kept. To be called in every case. */
      close(): void;
    };

/** Exact answers, repeated to equal requests of the same tenant. */
export interface AnswerCache {
  /**
   * Looks for an answer; where an equal request is under way, waits for its answer. A store that fails is a miss.
   * Rejects with the signal's reason.
   * @param key of `cacheKey`.
   */
  open(tenant: string, key: string, signal: AbortSignal): Promise<CacheReply>;
  /** Drops the tenant's answers, all or those with a label; gives their number. Rejects where the store fails. */
  purge(tenant: string, label: PurgeLabel | undefined, signal: AbortSignal): Promise<number>;
  /** Waits for what is being kept, and closes the store. */
  close(): Promise<void>;
}

/** How the cache behaves. */
export interface AnswerCacheOptions {
  /** How long a look-up may take, in milliseconds. Default 250. */
  readonly timeoutMs?: number;
  /** Told of every failure of the store, for health and metrics. */
  readonly onStoreError?: (error: unknown) => void;
}

/** The default of `maxBytes`. */
const MAX_BYTES = 262_144;

/** How long keeping an answer may take, in milliseconds. */
const KEEP_TIMEOUT_MS = 5_000;

/** The most answers that wait to be kept; more are not kept. */
const MOST_KEEPING = 256;

/** Makes the cache over a store. */
export function createAnswerCache(store: AnswerStore, options: AnswerCacheOptions = {}): AnswerCache {
  const { timeoutMs = 250, onStoreError = () => undefined } = options;
  const flights = createAnswerFlights<{ decisionId: string; completion: Uint8Array; costMicros: number }>();
  const keeping = new Set<Promise<void>>();

  /** A store that is slow is a miss: the request goes on without it. */
  const look = (tenant: string, key: string, signal: AbortSignal): Promise<KeptAnswer | undefined> =>
    new Promise((resolve) => {
      const miss = (error: unknown): void => {
        clearTimeout(timer);
        if (!signal.aborted) onStoreError(error);
        resolve(undefined);
      };
      const timer = setTimeout(miss, timeoutMs, new Error("the answer cache did not answer in time"));
      store.get(tenant, key, signal).then((kept) => {
        clearTimeout(timer);
        resolve(kept);
      }, miss);
    });

  const put = (tenant: string, key: string, bytes: Uint8Array, answer: AnswerToKeep): void => {
    if (bytes.length > (answer.maxBytes ?? MAX_BYTES) || answer.ttlMs <= 0 || keeping.size >= MOST_KEEPING)
      return;
    const kept = {
      decisionId: answer.decisionId,
      completion: bytes,
      labels: answer.labels,
      costMicros: answer.completion.costMicros,
    };
    const done: Promise<void> = store
      .put(tenant, key, kept, answer.ttlMs, AbortSignal.timeout(KEEP_TIMEOUT_MS))
      .catch(onStoreError)
      .finally(() => keeping.delete(done));
    keeping.add(done);
  };

  return {
    async open(tenant, key, signal) {
      const place = await flights.join(`${encodeURIComponent(tenant)} ${key}`, signal);
      if (place.kind === "answered") return { kind: "hit", answer: decode(place.answer), joined: true };
      const kept = await look(tenant, key, signal);
      if (kept) {
        place.land(kept);
        return { kind: "hit", answer: decode(kept), joined: false };
      }
      if (signal.aborted) {
        place.close();
        throw signal.reason;
      }
      return {
        kind: "miss",
        keep(answer) {
          const { completion, decisionId } = answer;
          if (completion.state !== CompletionState.COMPLETED) {
            throw new CacheError("not_completed", "Only an answer that was completed may be kept.");
          }
          const bytes = toBinary(CompletionSchema, completion);
          place.land({ decisionId, completion: bytes, costMicros: completion.costMicros });
          put(tenant, key, bytes, answer);
        },
        close: () => place.close(),
      };
    },
    purge: (tenant, label, signal) => store.purge(tenant, label, signal),
    async close() {
      await Promise.all(keeping);
      await store.close();
    },
  };
}

function decode(kept: { decisionId: string; completion: Uint8Array; costMicros: number }): CachedAnswer {
  const { decisionId, costMicros } = kept;
  return { decisionId, completion: fromBinary(CompletionSchema, kept.completion), costMicros };
}
