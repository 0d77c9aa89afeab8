import { mkdirSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Notice_Kind } from "#gen/pointsman/v1/entry_pb.ts";
import { openDatabase } from "../lib/sqlite.ts";
import type { EntryBatch } from "./batch.ts";
import { closeInterrupted } from "./close-interrupted.ts";
import { type ContentKey, createContentCipher } from "./content-cipher.ts";
import { createEntryWriter, type EntryWriter } from "./entry-writer.ts";
import { createHeadSigning, type SigningOptions } from "./head-signing.ts";
import { createIndexWriter } from "./index-writer.ts";
import type { DocumentKind } from "./ledger.ts";
import { LEDGER_STEPS } from "./ledger-schema.ts";
import { migrate } from "./migrate.ts";
import { noticeBody } from "./notices.ts";
import { createSigner } from "./signing.ts";
import { ledgerFile, openIndex } from "./sqlite-database.ts";
import { type EraseArgument, eraseSubject, type PruneArgument, prune, reencrypt } from "./upkeep.ts";
import { type SlotLock, tryLockSlot } from "./writer-slot.ts";

/** What the writing half is opened with; crosses to its thread. */
export interface WritingOptions {
  readonly folder: string;
  readonly durability: "fsync" | "os" | "async";
  readonly keys: readonly ContentKey[];
  /** The id of this process's chain if no chain without a living process is there to go on with. */
  readonly freshWriterId: string;
  /** The time at opening, milliseconds since the epoch. */
  readonly now: number;
  /** Signs the heads of the chain; undefined where it is not signed. */
  readonly sign: SigningOptions | undefined;
}

/** What the writing thread is started with. */
export interface WriterThreadData extends WritingOptions {
  /** Where the other threads are told of commits. */
  readonly commits: SharedArrayBuffer;
}

/** The writing half of the ledger of one process, without its thread. */
export interface Writing {
  readonly writerId: string;
  readonly lastSequence: number;
  /** Writes batches in one transaction. */
  commit(batches: readonly EntryBatch[]): void;
  /** Signs the head where it is time to; called after commits and now and then. */
  signIfDue(): void;
  readonly calls: {
    putDocument(argument: { kind: DocumentKind; revision: string; bytes: Uint8Array }): void;
    eraseSubject(argument: EraseArgument): number;
    reencrypt(): number;
    prune(argument: PruneArgument): number;
    close(argument: { now: number }): void;
  };
}

/** Bytes of a page: entries take some hundred each, and every page of a commit costs two writes to the log. */
const PAGE_SIZE = 8_192;

/** Decisions of dead processes that are closed in one transaction. */
const CLOSINGS_AT_ONCE = 500;

/** Opens the ledger of a folder for writing: goes on with a chain that nobody writes, or begins one. */
export function openWriting(options: WritingOptions): Writing {
  const { folder, durability, now } = options;
  mkdirSync(folder, { recursive: true });
  const database = openDatabase(ledgerFile(folder), durability === "fsync" ? "fsync" : "os", PAGE_SIZE);
  // Checkpoints are made by another thread, so that no commit waits for one; our own patience is in smaller steps.
  database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON;");
  migrate(database, "ledger.db", LEDGER_STEPS);

  const { lock, dead } = claimSlots(database, folder, options.freshWriterId);
  const cipher = createContentCipher(options.keys);
  const writer = createEntryWriter(database, lock.writerId, cipher);
  // From here on everything is written by `transact`, which waits for other processes in smaller steps.
  database.exec("PRAGMA busy_timeout = 0");
  try {
    closeDeadDecisions(database, folder, writer, [lock, ...dead], now);
  } finally {
    for (const slot of dead) slot.release();
  }
  writer.transact((append) => append.body(noticeBody(Notice_Kind.STARTED, "The writer started."), now));
  const signing = options.sign && createHeadSigning(folder, writer, options.sign);
  const signer = options.sign && createSigner(options.sign.pem);
  const putDocument = database.prepare(
    "INSERT OR IGNORE INTO documents (kind, revision, bytes) VALUES (?, ?, ?)",
  );

  return {
    writerId: lock.writerId,
    get lastSequence() {
      return writer.head.sequence;
    },
    commit(batches) {
      writer.transact((append) => {
        for (const batch of batches) append.batch(batch);
      });
    },
    signIfDue: () => signing?.signIfDue(),
    calls: {
      eraseSubject: (argument) => eraseSubject(database, writer, argument),
      reencrypt: () => reencrypt(database, writer, cipher),
      prune: (argument) => prune(database, folder, writer, signer, argument),
      putDocument({ kind, revision, bytes }) {
        writer.transact(() => putDocument.run(kind, revision, bytes));
      },
      close({ now: time }) {
        writer.transact((append) => append.body(noticeBody(Notice_Kind.STOPPED, "The writer ended."), time));
        signing?.signNow();
        database.close();
        lock.release();
      },
    },
  };
}

/** Takes the first chain without a living process, and for a moment all others of that kind. */
function claimSlots(
  database: DatabaseSync,
  folder: string,
  freshWriterId: string,
): { lock: SlotLock; dead: readonly SlotLock[] } {
  const ids = database.prepare("SELECT id FROM writers ORDER BY number").all();
  const free = ids.map((row) => tryLockSlot(folder, String(row.id))).filter((slot) => slot !== undefined);
  const [first, ...dead] = free;
  const lock = first ?? tryLockSlot(folder, freshWriterId);
  if (!lock) throw new Error(`the fresh writer id ${freshWriterId} is taken`);
  return { lock, dead };
}

/** Closes what processes that died left open, so that no decision stays without an end. */
function closeDeadDecisions(
  database: DatabaseSync,
  folder: string,
  writer: EntryWriter,
  slots: readonly SlotLock[],
  now: number,
): void {
  const numberOf = database.prepare("SELECT number FROM writers WHERE id = ?");
  const numbers = slots.map((slot) => Number(numberOf.get(slot.writerId)?.number));
  const index = openIndex(folder);
  try {
    const indexWriter = createIndexWriter(index, database);
    for (;;) {
      while (indexWriter.advance(1_000));
      const closings = closeInterrupted(index, database, numbers, CLOSINGS_AT_ONCE);
      if (closings.length === 0) return;
      writer.transact((append) => {
        for (const { body } of closings) append.body(body, now);
      });
    }
  } finally {
    index.close();
  }
}
