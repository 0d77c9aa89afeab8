import { closeSync, fdatasync, fdatasyncSync, openSync, write, writeSync } from "node:fs";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import type { NewEntry } from "../../src/ledger/ledger.ts";
import { createByteSink } from "../../src/lib/byte-sink.ts";
import { compileEncoder } from "../../src/lib/message-encoder.ts";

/** A file that entries are appended to, and nothing else: no chain, no thread, no index, nobody can ask it anything. */
export interface AppendFile {
  /** Resolves when the entry is on disk. */
  append(entry: NewEntry): Promise<void>;
  close(): void;
}

const encode = compileEncoder(EntrySchema);

/** Encodes entries as the ledger does and writes what has gathered with one write and one fdatasync, one at a time. */
export function createAppendFile(path: string): AppendFile {
  const file = openSync(path, "a");
  let sink = createByteSink(65_536);
  let waiting: PromiseWithResolvers<void>[] = [];
  let busy = false;
  const flush = (): void => {
    if (busy || waiting.length === 0) return;
    busy = true;
    const { bytes, length } = sink;
    const gathered = waiting;
    sink = createByteSink(length);
    waiting = [];
    const done = (error: Error | null): void => {
      busy = false;
      for (const { resolve, reject } of gathered) error ? reject(error) : resolve();
      flush();
    };
    write(file, bytes, 0, length, null, (error) => (error ? done(error) : fdatasync(file, done)));
  };
  return {
    append({ decisionId, tenant, event }) {
      encode(sink, { decisionId, tenant, event });
      const ack = Promise.withResolvers<void>();
      if (waiting.push(ack) === 1) setImmediate(flush);
      return ack.promise;
    },
    close: () => closeSync(file),
  };
}

/** What the ledger stores with an entry besides its body: writer, number, time and two digests. */
const BESIDES = 110;

/** Writes bytes of the size of so many entries and syncs, again and again: what the disk can do, with nobody asking. */
export function writeBare(
  path: string,
  entries: readonly NewEntry[],
  seconds: number,
): { perSecond: number; cpuMicros: number } {
  const sink = createByteSink(0);
  for (const { decisionId, tenant, event } of entries) encode(sink, { decisionId, tenant, event });
  const group = Buffer.alloc(sink.length + BESIDES * entries.length, 1);
  const file = openSync(path, "a");
  const start = performance.now();
  const cpu = process.threadCpuUsage();
  let count = 0;
  while (performance.now() - start < seconds * 1_000) {
    writeSync(file, group);
    fdatasyncSync(file);
    count += entries.length;
  }
  const perSecond = (count / (performance.now() - start)) * 1_000;
  const { user, system } = process.threadCpuUsage(cpu);
  closeSync(file);
  return { perSecond, cpuMicros: (user + system) / count };
}
