import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  type VerifyLedgerResponse,
  VerifyLedgerResponse_SummarySchema,
  VerifyLedgerResponseSchema,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import { EntryReferenceSchema } from "#gen/pointsman/v1/record_pb.ts";
import { centreHeads } from "./centre-heads.ts";
import { type Cut, cutName, cutProblem } from "./cuts.ts";
import { digestFile } from "./export-ledger.ts";
import { openFolder } from "./folder-database.ts";
import { readHeadFile, readHeads } from "./head-file.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { openPostgresLedger, type PostgresPlace } from "./postgres-database.ts";
import { createSignatureChecker, type SignatureChecker } from "./signing.ts";
import { type ChainWalk, type StoredEntry, walkChain } from "./verify-chain.ts";
import { verifyLedger } from "./verify-ledger.ts";

/**
 * Verifies a ledger's folder without a service; a running one may go on writing.
 * @param trusted PEM texts of the keys that are trusted; where there are none, any key may have signed.
 * @param headFiles further files of signed heads, which the chains have to reach.
 */
export async function* verifyFolder(
  folder: string,
  trusted: readonly string[],
  headFiles: readonly string[] = [],
): AsyncGenerator<VerifyLedgerResponse, void, undefined> {
  const checker = createSignatureChecker(trusted);
  // Read first: a head that is signed while the walk is under way may be beyond what the walk sees.
  const heads = [...readHeadFile(folder, checker), ...headFiles.flatMap((file) => readHeads(file, checker))];
  const database = openFolder(folder);
  try {
    yield* decoded(verifyLedger(database, checker, [], heads));
  } finally {
    await database.close();
  }
}

/**
 * Verifies the centre without a service; running ones may go on shipping.
 * @param trusted as for a folder.
 * @param headFiles files of signed heads of the machines that ship to it, which the chains have to reach.
 */
export async function* verifyCentre(
  place: PostgresPlace,
  trusted: readonly string[],
  headFiles: readonly string[],
): AsyncGenerator<VerifyLedgerResponse, void, undefined> {
  const checker = createSignatureChecker(trusted);
  const database = await openPostgresLedger(place);
  try {
    const heads = [
      ...(await centreHeads(database)),
      ...headFiles.flatMap((file) => readHeads(file, checker)),
    ];
    yield* decoded(verifyLedger(database, checker, [], heads));
  } finally {
    await database.close();
  }
}

async function* decoded(
  batches: AsyncIterable<readonly Uint8Array[]>,
): AsyncGenerator<VerifyLedgerResponse, void, undefined> {
  for await (const batch of batches) {
    for (const bytes of batch) yield fromBinary(VerifyLedgerResponseSchema, bytes);
  }
}

/** Lines between two messages about progress. */
const PROGRESS_EVERY = 1_000;

/** Verifies an export in JSON Lines: the manifest's signature, the file's digest, every chain and its two ends. */
export async function* verifyExport(
  target: string,
  trusted: readonly string[],
): AsyncGenerator<VerifyLedgerResponse, void, undefined> {
  const checker = createSignatureChecker(trusted);
  const { manifest, problem, signed } = readManifest(
    readFileSync(join(target, "manifest.json"), "utf8"),
    checker,
  );
  const summary = create(VerifyLedgerResponse_SummarySchema, { signatureCount: signed && !problem ? 1 : 0 });
  const breaks: { writerId: string; sequence: bigint; message: string }[] = [];
  const note = (writerId: string, sequence: number, message: string): void => {
    breaks.push({ writerId, sequence: BigInt(sequence), message });
  };
  if (problem) note("", 0, problem);

  const walks = new Map<string, ChainWalk>();
  const broken = new Set<string>();
  let done = 0;
  for (const { name, sha256 } of manifest.files) {
    const file = join(target, name);
    if ((await digestFile(file)).sha256 !== sha256)
      note("", 0, `${name} is not the file that the manifest names`);
    if (!name.endsWith(".jsonl")) continue;
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const found = parseLine(line);
      if (!found) {
        note("", done + 1, `line ${done + 1} of ${name} cannot be read`);
        break;
      }
      const walk = walkOf(walks, found.writerId, manifest, checker);
      const wrong = broken.has(found.writerId) ? undefined : walk.step(found.entry);
      if (wrong) {
        broken.add(found.writerId);
        note(found.writerId, walk.head.sequence + 1, wrong);
      }
      done += 1;
      if (done % PROGRESS_EVERY === 0) yield progress(done, manifest.entry_count);
    }
  }
  for (const head of manifest.heads) {
    if (broken.has(head.writer_id)) continue;
    const walk = walkOf(walks, head.writer_id, manifest, checker);
    const wrong = walk.reaches({ sequence: head.sequence, digest: Buffer.from(head.digest, "hex") });
    if (wrong) note(head.writer_id, walk.head.sequence + 1, wrong);
  }
  const announced = new Set([...walks.values()].flatMap(({ cuts }) => cuts));
  for (const cut of manifest.starts.map(cutOf)) {
    const wrong = cutProblem(cut, checker, announced.has(cutName(cut)));
    if (wrong) note(cut.writerId, 1, wrong);
    else if (cut.signature) summary.signatureCount += 1;
  }
  for (const [writerId, walk] of walks) {
    summary.signatureCount += walk.signatures;
    const { sequence, digest } = walk.head;
    summary.heads.push(create(EntryReferenceSchema, { writerId, sequence: BigInt(sequence), digest }));
  }
  for (const value of breaks) yield create(VerifyLedgerResponseSchema, { event: { case: "break", value } });
  summary.entryCount = String(done);
  summary.writerCount = walks.size;
  summary.brokenCount = breaks.length;
  yield create(VerifyLedgerResponseSchema, { event: { case: "summary", value: summary } });
}

function walkOf(
  walks: Map<string, ChainWalk>,
  writerId: string,
  manifest: Manifest,
  checker: SignatureChecker,
): ChainWalk {
  const known = walks.get(writerId);
  if (known) return known;
  const start = manifest.starts.find((head) => head.writer_id === writerId);
  const walk = walkChain(writerId, checker, start && cutOf(start));
  walks.set(writerId, walk);
  return walk;
}

function cutOf(start: Manifest["starts"][number]): Cut {
  const { writer_id, sequence, digest, time, entry_count, cut_time, signature } = start;
  return {
    writerId: writer_id,
    sequence,
    digest: Buffer.from(digest, "hex"),
    time: time ?? 0,
    entryCount: entry_count ?? sequence,
    cutTime: cut_time ?? "",
    signature,
  };
}

function parseLine(line: string): { writerId: string; entry: StoredEntry } | undefined {
  try {
    const { writer_id, sequence, time, payload, digest } = JSON.parse(line) as Record<string, unknown>;
    const entry = {
      sequence: Number(sequence),
      time: Number(time),
      payload: Buffer.from(String(payload), "base64"),
      digest: Buffer.from(String(digest), "hex"),
    };
    return { writerId: String(writer_id), entry };
  } catch {
    return undefined;
  }
}

function progress(done: number, total: number): VerifyLedgerResponse {
  const value = { doneCount: String(done), totalCount: String(total) };
  return create(VerifyLedgerResponseSchema, { event: { case: "progress", value } });
}
