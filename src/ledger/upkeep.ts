import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Notice_Kind } from "#gen/pointsman/v1/entry_pb.ts";
import { sha256Hex } from "../lib/digest.ts";
import type { ContentCipher } from "./content-cipher.ts";
import { CUT_COLUMNS, type Cut, cutValues, signCut } from "./cuts.ts";
import type { EntryWriter } from "./entry-writer.ts";
import { LedgerError } from "./errors.ts";
import { noticeBody } from "./notices.ts";
import type { Signer } from "./signing.ts";
import { openIndex } from "./sqlite-database.ts";
import { isBusy } from "./writer-slot.ts";

/** Whose content is erased, and when. */
export interface EraseArgument {
  readonly tenant: string;
  readonly subject: string;
  /** Milliseconds since the epoch, as `now` in general. */
  readonly now: number;
}

/** What retention drops: entries that were written before this time, milliseconds since the epoch. */
export interface PruneArgument {
  readonly before: number;
  /** Only entries up to this place of the ledger, which the centre has. If not set, there is no centre. */
  readonly through: number | undefined;
  readonly now: number;
}

/** Rows that are changed in one transaction, so that appends come in between. */
const STEP = 500;

/**
 * Erases the content of a subject, and says so in the chain. The chain keeps the digests only, so it holds as before.
 * The notice names the subject by its hash, for it must not keep what was to be erased.
 */
export function eraseSubject(database: DatabaseSync, writer: EntryWriter, argument: EraseArgument): number {
  const { tenant, subject, now } = argument;
  if (subject === "") return 0;
  let count = 0;
  writer.transact((append) => {
    const erase = database.prepare("DELETE FROM contents WHERE tenant = ? AND subject = ?");
    count = Number(erase.run(tenant, subject).changes);
    const details = { subject_sha256: sha256Hex(subject), content_count: String(count) };
    append.body(noticeBody(Notice_Kind.ERASED, "The content of a subject was erased.", details, tenant), now);
  });
  emptyLog(database, "The content was erased");
  return count;
}

/** How long to wait for whoever still reads what the log holds. */
const LOG_PATIENCE_MS = 2_000;

/**
 * Empties the write-ahead log, for what was erased must not live on in it. A reader in the middle of its work keeps the log;
 * readers are quick, but who relies on the erasure must not be told that it is done when it is not.
 * @param done what has been done by now. @throws LedgerError `unavailable`: the same call again only empties the log.
 */
function emptyLog(database: DatabaseSync, done: string): void {
  const empty = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  const giveUp = performance.now() + LOG_PATIENCE_MS;
  while (isKept(empty)) {
    if (performance.now() > giveUp)
      throw new LedgerError(
        "unavailable",
        `${done}, but somebody reads the log that still holds it. Do it again.`,
      );
    Atomics.wait(pause, 0, 0, 5);
  }
}

function isKept(empty: StatementSync): boolean {
  try {
    return empty.get()?.busy !== 0;
  } catch (error) {
    // Another thread is bringing the log into the file.
    if (isBusy(error)) return true;
    throw error;
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Protects by the first key all content that is not protected by it yet. */
export function reencrypt(database: DatabaseSync, writer: EntryWriter, cipher: ContentCipher): number {
  const read = database.prepare("SELECT id, key_id, bytes FROM contents WHERE key_id <> ? LIMIT ?");
  const write = database.prepare("UPDATE contents SET key_id = ?, bytes = ? WHERE id = ?");
  for (let count = 0; ; ) {
    const rows = read.all(cipher.keyId, STEP);
    if (rows.length === 0) {
      emptyLog(database, "The content was encrypted again");
      return count;
    }
    writer.transact(() => {
      for (const row of rows) {
        const id = String(row.id);
        const open = cipher.open(id, String(row.key_id), row.bytes as Uint8Array);
        write.run(cipher.keyId, cipher.seal(id, open), id);
      }
    });
    count += rows.length;
  }
}

/**
 * Drops the oldest entries of every chain, and everything that belongs to them, but never a chain's last entry: the
 * chain goes on from there. What was dropped is announced in the chain, with the digest that the rest begins with, and
 * signed for where there is a signer.
 */
export function prune(
  database: DatabaseSync,
  folder: string,
  writer: EntryWriter,
  signer: Signer | undefined,
  argument: PruneArgument,
): number {
  const { before, through = Number.MAX_SAFE_INTEGER, now } = argument;
  const limit = before * 1000;
  const lastOld = database.prepare(
    `SELECT max(sequence) AS sequence FROM entries WHERE writer = ? AND time < ? AND position <= ?
     AND sequence < (SELECT max(sequence) FROM entries WHERE writer = ?)`,
  );
  const digestOf = database.prepare("SELECT digest, time FROM entries WHERE writer = ? AND sequence = ?");
  const drop = database.prepare("DELETE FROM entries WHERE writer = ? AND sequence <= ?");
  const lastCut = database.prepare("SELECT sequence, entry_count FROM cuts WHERE writer = ?");
  const keepCut = database.prepare(
    `INSERT OR REPLACE INTO cuts (${CUT_COLUMNS.join(", ")}) VALUES (${CUT_COLUMNS.map(() => "?").join(", ")})`,
  );
  let count = 0;
  for (const row of database.prepare("SELECT number, id FROM writers").all()) {
    const number = Number(row.number);
    const found = lastOld.get(number, limit, through, number)?.sequence;
    if (found === null || found === undefined) continue;
    const sequence = Number(found);
    writer.transact((append) => {
      const { digest, time } = digestOf.get(number, sequence) ?? {};
      const dropped = Number(drop.run(number, sequence).changes);
      const earlier = lastCut.get(number);
      const entryCount = Number(earlier?.entry_count || earlier?.sequence || 0) + dropped;
      const cut = signCut(
        {
          writerId: String(row.id),
          sequence,
          digest: digest as Uint8Array,
          time: Number(time),
          entryCount,
          cutTime: new Date(now).toISOString(),
        },
        signer,
      );
      keepCut.run(...cutValues(number, cut));
      append.body(noticeBody(Notice_Kind.PRUNED, `Dropped entries up to ${sequence}.`, cutDetails(cut)), now);
      count += dropped;
    });
  }
  writer.transact(() => {
    database.prepare("DELETE FROM contents WHERE time < ?").run(limit);
    database.prepare("DELETE FROM requests WHERE time < ?").run(limit);
  });
  pruneIndex(folder, limit);
  return count;
}

function cutDetails({ writerId, sequence, digest, cutTime, signature }: Cut): Record<string, string> {
  const details = {
    writer_id: writerId,
    sequence: String(sequence),
    digest: Buffer.from(digest).toString("hex"),
  };
  return signature ? { ...details, time: cutTime, key_id: signature.keyId } : details;
}

/** Records go with their decisions. */
function pruneIndex(folder: string, limit: number): void {
  const index = openIndex(folder);
  try {
    index.exec("BEGIN IMMEDIATE");
    for (const table of ["record_rules", "record_entries", "failures", "outcomes"]) {
      const old = "SELECT decision_id FROM records WHERE create_time < ?";
      index.prepare(`DELETE FROM ${table} WHERE decision_id IN (${old})`).run(limit);
    }
    index.prepare("DELETE FROM records WHERE create_time < ?").run(limit);
    index.exec("COMMIT");
  } finally {
    if (index.isTransaction) index.exec("ROLLBACK");
    index.close();
  }
}
