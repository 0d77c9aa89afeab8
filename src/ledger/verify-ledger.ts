import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  VerifyLedgerResponse_SummarySchema,
  VerifyLedgerResponseSchema,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import { EntryReferenceSchema } from "#gen/pointsman/v1/record_pb.ts";
import { type Chain, readChain, readChains } from "./chains.ts";
import { type Cut, cutName, cutProblem, readCut } from "./cuts.ts";
import { type LedgerDatabase, marks } from "./database.ts";
import type { SignatureChecker } from "./signing.ts";
import { type ChainWalk, storedEntry, walkChain } from "./verify-chain.ts";

/** A head that is known from elsewhere: from a file of signed heads, or from the process that writes. */
export interface ExpectedHead {
  readonly writerId: string;
  readonly sequence: number;
  /** If not set, only the number is known. */
  readonly digest: Uint8Array | undefined;
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
  const progress = (): Uint8Array[] => [
    encode({ case: "progress", value: { doneCount: String(done), totalCount: String(total) } }),
  ];
  yield progress();

  const cuts: Cut[] = [];
  const announced = new Set<string>();
  const breaks: { writerId: string; sequence: bigint; message: string }[] = [];
  for (const chain of chains) {
    const steps = walkStored(database, checker, chain);
    let step = await steps.next();
    for (; !step.done; step = await steps.next()) {
      done += step.value;
      yield progress();
    }
    const { cut, walk } = step.value;
    let { problem } = step.value;
    if (cut) cuts.push(cut);
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
  for (const cut of cuts) {
    const message = cutProblem(cut, checker, announced.has(cutName(cut)));
    if (message) breaks.push({ writerId: cut.writerId, sequence: 1n, message });
    else if (cut.signature) summary.signatureCount += 1;
  }
  breaks.push(...missingChains(expected, new Set(chains.map(({ writerId }) => writerId)), isWanted));

  summary.entryCount = String(done);
  summary.brokenCount = breaks.length;
  yield [
    ...breaks.map((value) => encode({ case: "break", value })),
    encode({ case: "summary", value: summary }),
  ];
}

/** A chain that was walked as far as it holds. */
interface WalkedChain {
  readonly cut: Cut | undefined;
  readonly walk: ChainWalk;
  readonly problem: string | undefined;
}

/** Walks one chain. Yields how many entries more, or fewer, have been checked. */
async function* walkStored(
  database: LedgerDatabase,
  checker: SignatureChecker,
  { writer, writerId }: Chain,
): AsyncGenerator<number, WalkedChain, undefined> {
  for (;;) {
    const cut = await readCut(database, writer, writerId);
    const walk = walkChain(writerId, checker, cut);
    let problem: string | undefined;
    let checked = 0;
    for (let after = 0; !problem; ) {
      const rows = await readChain(database, writer, after, PAGE);
      const before = checked;
      for (const row of rows) {
        problem = walk.step(storedEntry(row));
        if (problem) break;
        checked += 1;
      }
      yield checked - before;
      after = Number(rows.at(-1)?.sequence ?? after);
      if (rows.length < PAGE) break;
    }
    const now = problem ? await readCut(database, writer, writerId) : cut;
    if (now?.sequence === cut?.sequence) return { cut, walk, problem };
    // Retention cut the chain off while it was walked, so that the next entries were gone: walk what is left.
    yield -checked;
  }
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

async function countEntries(database: LedgerDatabase, writers: readonly number[]): Promise<number> {
  if (writers.length === 0) return 0;
  const sql = `SELECT count(*) AS count FROM entries WHERE writer IN (${marks(writers.length)})`;
  return Number((await database.all(sql, writers))[0]?.count ?? 0);
}

function encode(event: MessageInitShape<typeof VerifyLedgerResponseSchema>["event"]): Uint8Array {
  return toBinary(VerifyLedgerResponseSchema, create(VerifyLedgerResponseSchema, event ? { event } : {}));
}
