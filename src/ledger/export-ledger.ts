import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readChain, readChains } from "./chains.ts";
import { type Cut, readCut } from "./cuts.ts";
import type { LedgerDatabase } from "./database.ts";
import { createJsonLinesSink, createParquetSink, type EntrySink } from "./export-sinks.ts";
import { type Manifest, writeManifest } from "./manifest.ts";
import { createSigner } from "./signing.ts";

/** How a ledger is exported. */
export interface ExportOptions {
  /** `jsonl` can be verified offline; `parquet` is for analysis. */
  readonly format: "jsonl" | "parquet";
  /** A PEM text of an Ed25519 private key that signs the manifest. If not set, it is not signed. */
  readonly signingKey: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How far an export is. */
export interface ExportProgress {
  readonly done: number;
  readonly total: number;
}

const PAGE = 2_000;

/**
 * Writes all entries of a ledger, of a folder or of the centre, into `target`, with a manifest that holds the digest of the file and the
 * heads of the chains. Contents are not exported: they can be erased, and an export could not.
 */
export async function* exportLedger(
  database: LedgerDatabase,
  target: string,
  options: ExportOptions,
): AsyncGenerator<ExportProgress, void, undefined> {
  const signer = options.signingKey === undefined ? undefined : createSigner(options.signingKey);
  mkdirSync(target, { recursive: true });
  const name = `entries.${options.format}`;
  const file = join(target, name);
  const sink = options.format === "jsonl" ? createJsonLinesSink(file) : createParquetSink(file);
  const written = yield* writeEntries(database, sink);
  await sink.close();
  const { sha256, bytes } = await digestFile(file);
  const manifest: Manifest = {
    format: "pointsman ledger export 1",
    create_time: new Date(options.now).toISOString(),
    ...written,
    files: [{ name, sha256, bytes }],
  };
  writeFileSync(join(target, "manifest.json"), writeManifest(manifest, signer), { flush: true });
}

/** Writes chain by chain, up to the heads that the chains have at the beginning. */
async function* writeEntries(
  database: LedgerDatabase,
  sink: EntrySink,
): AsyncGenerator<ExportProgress, Pick<Manifest, "entry_count" | "starts" | "heads">, undefined> {
  const chains = await readChains(database);
  const starts: Manifest["starts"] = [];
  const heads: Manifest["heads"] = [];
  const total = chains.reduce((sum, { last }) => sum + last, 0);
  let done = 0;
  for (const { writer, writerId, last } of chains) {
    const cut = await readCut(database, writer, writerId);
    if (cut) starts.push(startOf(cut));
    for (let after = cut?.sequence ?? 0; after < last; ) {
      const rows = await readChain(database, writer, after, Math.min(PAGE, last - after));
      const end = rows.at(-1);
      if (!end) break;
      await sink.write(writerId, rows);
      done += rows.length;
      after = Number(end.sequence);
      if (after === last) heads.push(headOf(writerId, after, end.digest as Uint8Array));
      yield { done, total };
    }
  }
  return { entry_count: done, starts, heads };
}

function startOf({ writerId, sequence, digest, time, entryCount, cutTime, signature }: Cut): Start {
  const start = { ...headOf(writerId, sequence, digest), time, entry_count: entryCount, cut_time: cutTime };
  return signature ? { ...start, signature: { ...signature } } : start;
}

type Start = Manifest["starts"][number];

function headOf(writerId: string, sequence: number, digest: Uint8Array): Manifest["heads"][number] {
  return { writer_id: writerId, sequence, digest: Buffer.from(digest).toString("hex") };
}

/** The digest and the size of a file that may be large. */
export async function digestFile(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}
