import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { LoadedConfig } from "../config.ts";
import { exportLedger } from "../ledger/export-ledger.ts";
import { openFolder } from "../ledger/folder-database.ts";
import { readKeys } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger, postgresPlace } from "../ledger/open-ledger.ts";
import { openPostgresLedger, type PostgresPlace } from "../ledger/postgres-database.ts";
import { verifyCentre, verifyExport, verifyFolder } from "../ledger/verify-offline.ts";
import { systemClock } from "../lib/clock.ts";
import { makeId } from "../lib/ids.ts";
import { UsageError } from "./input.ts";
import { createBar } from "./progress-bar.ts";
import { showVerification } from "./show-verification.ts";

/** Options of `audit verify` without a service. */
export interface OfflineOptions {
  /** A data folder, or the `ledger` within. */
  readonly folder?: string;
  /** A folder that `audit export` wrote. */
  readonly export?: string;
  /** The PostgreSQL of the configuration. */
  readonly centre?: boolean;
  readonly config?: string;
  /** Files of signed heads that were kept elsewhere; the chains have to reach them. */
  readonly heads?: readonly string[];
  /** PEM files of the keys that are trusted. If not set, whichever key signed is taken at its word. */
  readonly trustedKey?: readonly string[];
  readonly json?: boolean;
}

/**
 * Walks hash chains, with a progress bar and without a service; 1 where one does not hold.
 * @param load reads the configuration, which only the centre needs.
 */
export async function verifyOffline(options: OfflineOptions, load: () => LoadedConfig): Promise<number> {
  const { folder, export: exported, centre, heads = [], trustedKey = [] } = options;
  if ([folder, exported, centre].filter(Boolean).length > 1)
    throw new UsageError("Give one of --folder, --export and --centre.");
  if (exported && heads.length > 0) throw new UsageError("--heads is for --folder and --centre.");
  for (const file of [...heads, ...trustedKey])
    if (!existsSync(file)) throw new UsageError(`There is no file ${resolve(file)}.`);
  const trusted = trustedKey.map((file) => readFileSync(file, "utf8"));
  const events = exported
    ? verifyExport(existing(exported, "manifest.json"), trusted)
    : centre
      ? verifyCentre(centreOf(load()), trusted.length > 0 ? trusted : trustedOf(load()), heads)
      : verifyFolder(ledgerFolder(folder ?? ""), trusted, heads);
  return await showVerification(events, options.json === true);
}

/** Where the configuration says that the centre is. */
function centreOf({ config }: LoadedConfig): PostgresPlace {
  const { postgres } = config.ledger;
  if (!postgres) throw new UsageError("The configuration sets no ledger.postgres: there is no centre.");
  return postgresPlace(postgres);
}

/** The keys that the configuration trusts. */
function trustedOf({ config }: LoadedConfig): readonly string[] {
  return readKeys(config.ledger).trusted;
}

/** Options of `audit export`. */
export interface ExportCommandOptions {
  readonly out: string;
  readonly format: string;
  /** The PostgreSQL of the configuration instead of the data folder. */
  readonly centre?: boolean;
  readonly json?: boolean;
}

/** Writes all entries of the configured data folder, or of the centre, into a folder; a running service is not disturbed. */
export async function auditExport(loaded: LoadedConfig, options: ExportCommandOptions): Promise<number> {
  const { out, format, centre, json } = options;
  if (format !== "jsonl" && format !== "parquet")
    throw new UsageError(`--format wants jsonl or parquet, not ${JSON.stringify(format)}.`);
  const { sign } = loaded.config.ledger;
  const signingKey = sign && (sign.key ?? readFileSync(sign.key_file ?? "", "utf8"));
  const database = centre
    ? await openPostgresLedger(centreOf(loaded))
    : openFolder(ledgerFolder(loaded.config.data));
  const bar = createBar("entries", !json);
  let written = 0;
  try {
    for await (const { done, total } of exportLedger(database, out, {
      format,
      signingKey,
      now: Date.now(),
    })) {
      written = done;
      bar.update(done, total);
    }
  } finally {
    bar.stop();
    await database.close();
  }
  const signed = signingKey !== undefined;
  if (json) console.log(JSON.stringify({ out, format, entry_count: written, signed }));
  else
    console.log(
      `${written} entries are in ${out}; the manifest is ${signed ? "signed" : "not signed, for no key is configured"}.`,
    );
  return 0;
}

/** Options of `audit erase`. */
export interface EraseOptions {
  readonly tenant: string;
  readonly subject: string;
  readonly json?: boolean;
}

/** Erases all stored content of one subject, and says so in the chain. */
export async function auditErase(loaded: LoadedConfig, options: EraseOptions): Promise<number> {
  const { tenant, subject, json } = options;
  if (subject === "") throw new UsageError("--subject must not be empty.");
  const erased = await withLedger(loaded, (ledger) => ledger.upkeep.eraseSubject(tenant, subject));
  console.log(json ? JSON.stringify({ erased_count: erased }) : `${erased} contents were erased.`);
  return 0;
}

/** Drops what retention no longer keeps. */
export async function auditPrune(loaded: LoadedConfig, json: boolean): Promise<number> {
  const { retention_days: days, postgres } = loaded.config.ledger;
  if (days === undefined)
    throw new UsageError("The configuration sets no ledger.retention_days: all is kept.");
  // Only the service knows what the centre has; it prunes every hour.
  if (postgres)
    throw new UsageError("With ledger.postgres the running service prunes, once the centre has the entries.");
  const pruned = await withLedger(loaded, (ledger) => ledger.upkeep.prune());
  console.log(
    json
      ? JSON.stringify({ pruned_count: pruned })
      : `${pruned} entries that are older than ${days} days were dropped.`,
  );
  return 0;
}

/** Protects all stored content by the first configured key. */
export async function auditReencrypt(loaded: LoadedConfig, json: boolean): Promise<number> {
  const first = loaded.config.ledger.encryption?.keys[0];
  if (!first) throw new UsageError("The configuration sets no ledger.encryption.keys.");
  const count = await withLedger(loaded, (ledger) => ledger.upkeep.reencrypt());
  console.log(
    json
      ? JSON.stringify({ reencrypted_count: count, key_id: first.id })
      : `${count} contents were encrypted again, under ${first.id}.`,
  );
  return 0;
}

/**
 * Opens the configured ledger beside whatever service uses it: this process writes a chain of its own, and takes turns with
 * the service for the file. Shipping is left to the service.
 */
async function withLedger(
  { config }: LoadedConfig,
  work: (ledger: Ledger) => Promise<number>,
): Promise<number> {
  ledgerFolder(config.data);
  const settings = { ...config.ledger, postgres: undefined };
  const ledger = await openLedger(settings, { clock: systemClock, makeId, dataFolder: config.data });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** The folder with `ledger.db`: the given one, or `ledger` within. */
function ledgerFolder(folder: string): string {
  const inner = join(folder, "ledger");
  return existsSync(join(inner, "ledger.db")) ? inner : existing(folder, "ledger.db");
}

function existing(folder: string, file: string): string {
  if (!existsSync(join(folder, file))) throw new UsageError(`There is no ${file} in ${resolve(folder)}.`);
  return folder;
}
