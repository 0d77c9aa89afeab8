import { type Chain, readChain, readChains } from "./chains.ts";
import type { CommitSignal } from "./commit-signal.ts";
import type { LedgerDatabase, Pulse } from "./database.ts";
import { type EntryHead, readEntryHead } from "./entry-head.ts";

/** An entry on its way to watchers. */
export interface WatchedEntry extends EntryHead {
  readonly writerId: string;
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly digest: Uint8Array;
}

/** Entries that were added together. */
export interface TailBatch {
  readonly entries: readonly WatchedEntry[];
  /** What watchers with the same query found out about the batch, so that it is asked once. */
  readonly matches: Map<string, Promise<ReadonlySet<string>>>;
}

/** The end of the ledger, read once for all watchers. */
export interface WatchTail {
  /**
   * The number of the batch that comes next, and how far the batches before it reach. Each `join`, even one that
   * rejects, is followed by one `leave`.
   */
  join(): Promise<{ at: number; positions: ReadonlyMap<string, number> }>;
  leave(): void;
  /** The batch with this number; `undefined` where there is none yet, `"gone"` where it is no longer held. */
  batch(at: number): TailBatch | undefined | "gone";
  /** Resolves when there is a new batch, when the time is over, or when the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** The last pulse that was taken. */
  readonly pulse: Pulse | undefined;
}

/** Milliseconds between two looks while somebody watches: at most, for other processes write too, and at least. */
const LOOK_EVERY_MS = 10;
const GATHER_MS = 2;

/** Entries in one batch, and batches that are held for watchers that are a little behind. */
const BATCH_SIZE = 512;
const HELD_BATCHES = 64;

/**
 * Makes the tail. It looks at the ledger only while somebody waits.
 * @param committed tells of commits of this process, so that they are seen at once. If not set, they are found by looking.
 */
export function createWatchTail(database: LedgerDatabase, committed?: CommitSignal): WatchTail {
  const positions = new Map<string, number>();
  const waiting = new Set<() => void>();
  let batches: TailBatch[] = [];
  let firstBatch = 0;
  let next = 0;
  let joined: Promise<void> | undefined;
  let looking = false;
  let pulse: Pulse | undefined;

  const wakeAll = (): void => {
    for (const wake of waiting) wake();
  };

  let watchers = 0;
  const begin = async (): Promise<void> => {
    batches = [];
    firstBatch = next;
    pulse = await database.pulse();
    for (const { writerId, last } of await readChains(database)) positions.set(writerId, last);
  };

  const push = (entries: readonly WatchedEntry[]): void => {
    batches.push({ entries, matches: new Map() });
    if (batches.length <= HELD_BATCHES) return;
    batches = batches.slice(-HELD_BATCHES / 2);
    firstBatch = next - batches.length + 1;
  };

  /** Reads what was added, and answers whether there was anything. */
  const look = async (): Promise<void> => {
    const seen = await database.pulse();
    if (seen.version !== pulse?.version) {
      let full = false;
      for (const chain of await readChains(database)) full = (await readNew(chain)) || full;
      // With a full batch there is more: look again at once, whatever the version says.
      if (full) {
        pulse = { ...seen, version: Number.NaN };
        return;
      }
    }
    pulse = seen;
  };

  const readNew = async (chain: Chain): Promise<boolean> => {
    const after = positions.get(chain.writerId) ?? 0;
    if (chain.last <= after) return false;
    const rows = await readChain(database, chain.writer, after, BATCH_SIZE);
    const entries = rows.map((row) => readEntryHead(chain.writerId, row));
    const last = entries.at(-1);
    if (!last) return false;
    positions.set(chain.writerId, last.sequence);
    push(entries);
    next += 1;
    return rows.length === BATCH_SIZE;
  };

  const run = (): void => {
    if (looking) return;
    looking = true;
    const step = async (): Promise<void> => {
      await committed?.next(LOOK_EVERY_MS - GATHER_MS);
      const before = next;
      try {
        await look();
      } catch {
        // The storage is away for a moment; whoever asks it next is told. Here it is tried again.
      }
      looking = false;
      if (next > before) wakeAll();
      if (waiting.size > 0) run();
    };
    setTimeout(step, committed ? GATHER_MS : LOOK_EVERY_MS);
  };

  return {
    async join() {
      // What happened while nobody watched is history: watchers read it themselves.
      if (watchers === 0) joined = undefined;
      watchers += 1;
      joined ??= begin();
      try {
        await joined;
      } catch (error) {
        joined = undefined;
        throw error;
      }
      return { at: next, positions };
    },
    leave() {
      watchers -= 1;
    },
    batch(at) {
      if (at >= next) return undefined;
      return batches[at - firstBatch] ?? "gone";
    },
    wait(milliseconds, signal) {
      return new Promise<void>((resolve) => {
        const done = (): void => {
          waiting.delete(done);
          clearTimeout(limit);
          signal.removeEventListener("abort", done);
          resolve();
        };
        const limit = setTimeout(done, milliseconds);
        signal.addEventListener("abort", done, { once: true });
        waiting.add(done);
        run();
      });
    },
    get pulse() {
      return pulse;
    },
  };
}
