import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  VerifyLedgerResponse_SummarySchema,
  VerifyLedgerResponseSchema,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import { EntryReferenceSchema } from "#gen/pointsman/v1/record_pb.ts";
import { readChain, readChains } from "./chains.ts";
import { type LedgerDatabase, marks, type Row } from "./database.ts";
import type { SignatureChecker } from "./signing.ts";
import { cutName, type KnownHead, type StoredEntry, walkChain } from "./verify-chain.ts";

/** A head that is known from elsewhere: from a file of signed heads, or from the process that writes. */
export interface ExpectedHead {
  readonly writerId: string;
  readonly sequence: number;
  /** If not set, only the number is known. */
  readonly digest: Uint8Array | undefined;
}

/** Where retention cut a chain off. */
export interface Cut {
  readonly writerId: string;
  readonly head: KnownHead;
}

const PAGE = 500;

/** Walks chains from their first kept entry to their last. Yields batches of encoded `VerifyLedgerResponse`. */
export async function* verifyLedger(
  database: LedgerDatabase,
  checker: SignatureChecker,
  writerIds: readonly string[],
  expected: readonly ExpectedHead[],
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const wanted = new Set(writerIds);
  const isWanted = (id: string): boolean => wanted.size === 0 || wanted.has(id);
  const chains = (await readChains(database)).filter(({ writerId }) => isWanted(writerId));
  const total = await countEntries(
    database,
    chains.map(({ writer }) => writer),
  );
  const summary = create(VerifyLedgerResponse_SummarySchema, { writerCount: chains.length });
  let done = 0;
  yield [encode({ case: "progress", value: { doneCount: "0", totalCount: String(total) } })];

  const cuts: Cut[] = [];
  const announced = new Set<string>();
  const breaks: { writerId: string; sequence: bigint; message: string }[] = [];
  for (const chain of chains) {
    const cut = await readCut(database, chain.writer, chain.writerId);
    if (cut) cuts.push(cut);
    const walk = walkChain(chain.writerId, checker, cut?.head);
    let problem: string | undefined;
    for (let after = 0; !problem; ) {
      const rows = await readChain(database, chain.writer, after, PAGE);
      for (const row of rows) {
        problem = walk.step(storedEntry(row));
        if (problem) break;
        done += 1;
      }
      after = Number(rows.at(-1)?.sequence ?? after);
      if (rows.length < PAGE) break;
      yield [encode({ case: "progress", value: { doneCount: String(done), totalCount: String(total) } })];
    }
    for (const known of expected) {
      if (known.writerId === chain.writerId) problem ??= walk.reaches(known);
    }
    for (const name of walk.cuts) announced.add(name);
    const { sequence, digest } = walk.head;
    summary.signatureCount += walk.signatures;
    summary.heads.push(
      create(EntryReferenceSchema, { writerId: chain.writerId, sequence: BigInt(sequence), digest }),
    );
    if (problem) breaks.push({ writerId: chain.writerId, sequence: BigInt(sequence + 1), message: problem });
  }
  for (const { writerId, head } of cuts) {
    if (announced.has(cutName({ writerId, ...head }))) continue;
    const message = `entries up to ${head.sequence} are missing, and no entry says that retention dropped them`;
    breaks.push({ writerId, sequence: 1n, message });
  }
  breaks.push(...missingChains(expected, new Set(chains.map(({ writerId }) => writerId)), isWanted));

  summary.entryCount = String(done);
  summary.brokenCount = breaks.length;
  yield [
    ...breaks.map((value) => encode({ case: "break", value })),
    encode({ case: "summary", value: summary }),
  ];
}

function missingChains(
  expected: readonly ExpectedHead[],
  found: ReadonlySet<string>,
  isWanted: (writerId: string) => boolean,
): { writerId: string; sequence: bigint; message: string }[] {
  const missing = new Set(
    expected.map(({ writerId }) => writerId).filter((id) => isWanted(id) && !found.has(id)),
  );
  return Array.from(missing, (writerId) => ({
    writerId,
    sequence: 1n,
    message: "the whole chain is missing",
  }));
}

export async function readCut(
  database: LedgerDatabase,
  writer: number,
  writerId: string,
): Promise<Cut | undefined> {
  const row = (await database.all("SELECT sequence, digest FROM cuts WHERE writer = ?", [writer]))[0];
  return row && { writerId, head: { sequence: Number(row.sequence), digest: row.digest as Uint8Array } };
}

async function countEntries(database: LedgerDatabase, writers: readonly number[]): Promise<number> {
  if (writers.length === 0) return 0;
  const sql = `SELECT count(*) AS count FROM entries WHERE writer IN (${marks(writers.length)})`;
  return Number((await database.all(sql, writers))[0]?.count ?? 0);
}

function storedEntry(row: Row): StoredEntry {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    payload: row.payload as Uint8Array,
    digest: row.digest as Uint8Array,
  };
}

function encode(event: MessageInitShape<typeof VerifyLedgerResponseSchema>["event"]): Uint8Array {
  return toBinary(VerifyLedgerResponseSchema, create(VerifyLedgerResponseSchema, event ? { event } : {}));
}
