import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import { type ByteSink, createByteSink } from "../lib/byte-sink.ts";
import type { Clock } from "../lib/clock.ts";
import { compileEncoder } from "../lib/message-encoder.ts";
import type { EntryBatch, EntryExtra } from "./batch.ts";
import { LedgerError } from "./errors.ts";
import type { NewEntry } from "./ledger.ts";

/** Bounds of what waits to be written. */
export interface AppenderLimits {
  readonly maxPending: number;
  readonly maxPendingBytes: number;
}

/** The serving thread's half of writing: encodes, gathers what one turn of the event loop appends, and hands it over. */
export interface Appender {
  /** Resolves when the entry is written. @throws LedgerError `overloaded`. */
  append(entry: NewEntry): Promise<void>;
  /** The oldest `count` entries are written, or failed for this reason. */
  settle(count: number, error?: LedgerError): void;
  /** Everything that waits fails. */
  failAll(error: LedgerError): void;
  /** Hands over now what was gathered. */
  flush(): void;
  /** Whether the next entry would be refused. */
  readonly full: boolean;
  readonly pending: number;
  /** When the oldest waiting entry was appended, on the monotonic clock; undefined where none waits. */
  readonly oldestPending: number | undefined;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: LedgerError) => void;
  readonly size: number;
  readonly since: number;
}

/** A batch on its way: its entries, and when it was handed over, on the monotonic clock. */
interface Underway {
  readonly count: number;
  readonly since: number;
}

const encode = compileEncoder(EntrySchema);

/** The least room for the bodies of a batch. */
const LEAST_ROOM = 4_096;

/** Entries from which on a batch may be handed over before the turn ends. */
const LARGE_BATCH = 128;

/** Batches that may be on their way at once: one that is being written, and the next. */
const MOST_UNDERWAY = 2;

/** The disk is quick where a batch is on its way for no more than so many times as long as one gathers. */
const QUICK = 4;

/** Batches over which the time on the way is smoothed. */
const SMOOTHING = 8;

/** Makes the appender. @param send hands a batch and its buffers to the writing thread. */
export function createAppender(
  limits: AppenderLimits,
  clock: Clock,
  send: (batch: EntryBatch, transfer: ArrayBuffer[]) => void,
): Appender {
  // A queue as an array with a moving front: shifting an array of thousands would cost more than writing them.
  let waiting: Waiting[] = [];
  let front = 0;
  let bytes = 0;
  // The bodies are encoded into the very buffer that crosses to the writing thread.
  let bodies = createByteSink(LEAST_ROOM);
  let ends: number[] = [];
  let times: number[] = [];
  let extras: EntryExtra[] = [];
  let scheduled = false;
  /** The batches that were handed over and are not written yet, the oldest first. */
  let underway: Underway[] = [];
  /** When the batch that gathers began, and how long a batch was on its way of late, in milliseconds. */
  let began = 0;
  let wayMs = 0;

  const take = (): Waiting | undefined => {
    const item = waiting[front];
    if (!item) return undefined;
    front += 1;
    bytes -= item.size;
    if (front > 1_024 && front * 2 > waiting.length) {
      waiting = waiting.slice(front);
      front = 0;
    }
    return item;
  };

  const flush = (): void => {
    if (ends.length === 0) return;
    underway.push({ count: ends.length, since: clock.monotonic() });
    const batch = {
      bodies: new Uint8Array(bodies.bytes.buffer, 0, bodies.length),
      ends: Uint32Array.from(ends),
      times: Float64Array.from(times),
      extras,
    };
    // The next batch will be about as large, or the buffer grows.
    startBatch(Math.max(LEAST_ROOM, bodies.length));
    send(batch, [batch.bodies.buffer, batch.ends.buffer, batch.times.buffer]);
  };
  const flushAtEnd = (): void => {
    scheduled = false;
    if (underway.length === 0) flush();
  };
  /**
   * Waking the writing thread and syncing cost more than an entry does, so what one turn of the event loop appends goes together,
   * and gathers while another batch is on its way.
   */
  const flushSoon = (): void => {
    if (ends.length >= LARGE_BATCH && ends.length % LARGE_BATCH === 0) flushLarge();
    if (scheduled || ends.length === 0 || underway.length > 0) return;
    scheduled = true;
    setImmediate(flushAtEnd);
  };
  /**
   * A large batch does not wait for the others where the disk is quick: it is written while this thread encodes the next. Where the
   * disk is slow, two small groups would be slower than a large one.
   */
  const flushLarge = (): void => {
    const isQuick = wayMs <= QUICK * (clock.monotonic() - began);
    if (isQuick && underway.length < MOST_UNDERWAY) flush();
  };
  const startBatch = (room: number): void => {
    bodies = createByteSink(room);
    ends = [];
    times = [];
    extras = [];
  };

  const isFull = (): boolean =>
    waiting.length - front >= limits.maxPending || bytes >= limits.maxPendingBytes;

  return {
    append(entry) {
      if (isFull()) {
        const message = `The ledger is ${waiting.length - front} entries behind. Retry after a moment.`;
        return Promise.reject(new LedgerError("overloaded", message));
      }
      const since = clock.monotonic();
      if (ends.length === 0) began = since;
      const length = encodeEntry(bodies, entry);
      const extra = extraOf(entry, ends.length);
      if (extra) extras.push(extra);
      ends.push(bodies.length);
      times.push(Math.floor(clock.now()));
      flushSoon();
      const size = length + (entry.content?.bytes.length ?? 0);
      bytes += size;
      return new Promise<void>((resolve, reject) => {
        waiting.push({ resolve, reject, size, since });
      });
    },
    settle(count, error) {
      const now = clock.monotonic();
      for (let rest = count; rest > 0; ) {
        const done = underway.shift();
        if (!done) break;
        rest -= done.count;
        wayMs += (now - done.since - wayMs) / SMOOTHING;
      }
      // What gathered meanwhile goes at once where it is much, so that the disk does not rest while callers go on.
      if (ends.length >= LARGE_BATCH) flushLarge();
      flushSoon();
      for (let done = 0; done < count; done += 1) {
        const item = take();
        if (error) item?.reject(error);
        else item?.resolve();
      }
    },
    failAll(error) {
      underway = [];
      startBatch(LEAST_ROOM);
      for (let item = take(); item; item = take()) item.reject(error);
    },
    flush,
    get full() {
      return isFull();
    },
    get pending() {
      return waiting.length - front;
    },
    get oldestPending() {
      return waiting[front]?.since;
    },
  };
}

/** What goes beside an entry, where anything does. */
function extraOf({ content, event, decisionId, tenant }: NewEntry, index: number): EntryExtra | undefined {
  const requestId = event.case === "decided" ? event.value.decision?.requestId : undefined;
  const request =
    event.case === "decided" && requestId
      ? { id: requestId, inputDigest: event.value.inputDigest }
      : undefined;
  if (!content && !request) return undefined;
  const stored = content && { id: content.id, subject: content.subject ?? "", bytes: content.bytes };
  return { index, decisionId, tenant, content: stored, request };
}

/** Writes an entry behind the others and returns how long it is; an entry that cannot be encoded leaves nothing. */
function encodeEntry(bodies: ByteSink, { decisionId, tenant, event }: NewEntry): number {
  const start = bodies.length;
  try {
    encode(bodies, { decisionId, tenant, event });
  } catch (error) {
    bodies.length = start;
    throw error;
  }
  return bodies.length - start;
}
