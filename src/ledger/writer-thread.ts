import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { FromWriter, ToWriter } from "./batch.ts";
import { type CommitSignal, createCommitSignal } from "./commit-signal.ts";
import { toFault } from "./errors.ts";
import { openWriting, type WriterThreadData, type Writing } from "./writing.ts";

/** Entries that go into one transaction at most. */
const LARGEST_COMMIT = 1_024;

type Calls = Readonly<Record<string, (argument: never) => unknown>>;

/**
 * Commits what has come in as one transaction, then looks again: while one commit is on its way to the disk the next
 * one gathers, so the group is as large as the disk is slow, and nobody waits for a timer.
 */
function serve(port: MessagePort, writing: Writing, committed: CommitSignal): void {
  const calls = writing.calls as Calls;
  const send = (message: FromWriter): void => port.postMessage(message);

  const commit = (batches: readonly Extract<ToWriter, { type: "entries" }>[]): void => {
    const count = batches.reduce((sum, { batch }) => sum + batch.ends.length, 0);
    try {
      writing.commit(batches.map(({ batch }) => batch));
      send({ type: "written", count, lastSequence: writing.lastSequence });
      committed.tell();
    } catch (error) {
      send({ type: "failed", count, fault: toFault(error) });
    }
  };

  const answer = ({ id, method, argument }: Extract<ToWriter, { type: "call" }>): void => {
    try {
      send({ type: "answer", id, value: calls[method]?.(argument as never) });
    } catch (error) {
      send({ type: "fault", id, fault: toFault(error) });
    }
  };

  const drain = (first: ToWriter): void => {
    const work = [first];
    for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port))
      work.push(more.message);
    let batches: Extract<ToWriter, { type: "entries" }>[] = [];
    let count = 0;
    const flush = (): void => {
      if (batches.length > 0) commit(batches);
      batches = [];
      count = 0;
    };
    for (const message of work) {
      if (message.type === "call") {
        // A call sees everything that was appended before it.
        flush();
        answer(message);
        continue;
      }
      if (count + message.batch.ends.length > LARGEST_COMMIT) flush();
      batches.push(message);
      count += message.batch.ends.length;
    }
    flush();
    quietly(writing.signIfDue);
  };

  port.on("message", drain);
}

/** Signing that fails because the disk does is tried again later; the commits themselves tell about the disk. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The next commit, or the next look, signs.
  }
}

/** Starts where the file is run as a thread. */
function run(options: WriterThreadData): void {
  if (!parentPort) throw new Error("writer-thread.ts runs as a worker thread only");
  const writing = openWriting(options);
  serve(parentPort, writing, createCommitSignal(options.commits));
  setInterval(() => quietly(writing.signIfDue), 1_000);
  const value = { writerId: writing.writerId, lastSequence: writing.lastSequence };
  parentPort.postMessage({ type: "answer", id: 0, value } satisfies FromWriter);
}

run(workerData as WriterThreadData);
