import { create, toBinary } from "@bufbuild/protobuf";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import type { Clock } from "../lib/clock.ts";
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
  let gathered: { body: Uint8Array; time: number }[] = [];
  let extras: EntryExtra[] = [];
  let scheduled = false;

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
    scheduled = false;
    if (gathered.length === 0) return;
    const batch = pack(gathered, extras);
    gathered = [];
    extras = [];
    send(batch, [batch.bodies.buffer, batch.ends.buffer, batch.times.buffer]);
  };

  const isFull = (): boolean =>
    waiting.length - front >= limits.maxPending || bytes >= limits.maxPendingBytes;

  return {
    append(entry) {
      if (isFull()) {
        const message = `The ledger is ${waiting.length - front} entries behind. Retry after a moment.`;
        return Promise.reject(new LedgerError("overloaded", message));
      }
      const { decisionId, tenant, event } = entry;
      const body = toBinary(EntrySchema, create(EntrySchema, { decisionId, tenant, event }));
      const extra = extraOf(entry, gathered.length);
      if (extra) extras.push(extra);
      gathered.push({ body, time: Math.floor(clock.now()) });
      if (!scheduled) {
        scheduled = true;
        setImmediate(flush);
      }
      const size = body.length + (entry.content?.bytes.length ?? 0);
      bytes += size;
      return new Promise<void>((resolve, reject) => {
        waiting.push({ resolve, reject, size, since: clock.monotonic() });
      });
    },
    settle(count, error) {
      for (let done = 0; done < count; done += 1) {
        const item = take();
        if (error) item?.reject(error);
        else item?.resolve();
      }
    },
    failAll(error) {
      gathered = [];
      extras = [];
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

function pack(
  gathered: readonly { body: Uint8Array; time: number }[],
  extras: readonly EntryExtra[],
): EntryBatch {
  let size = 0;
  for (const { body } of gathered) size += body.length;
  const bodies = new Uint8Array(new ArrayBuffer(size));
  const ends = new Uint32Array(new ArrayBuffer(gathered.length * 4));
  const times = new Float64Array(new ArrayBuffer(gathered.length * 8));
  let at = 0;
  gathered.forEach(({ body, time }, index) => {
    bodies.set(body, at);
    at += body.length;
    ends[index] = at;
    times[index] = time;
  });
  return { bodies, ends, times, extras };
}
