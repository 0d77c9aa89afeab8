import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import type { MakeId } from "../lib/ids.ts";
import type { CentreRetention } from "./centre-upkeep.ts";
import { commitMemory } from "./commit-signal.ts";
import type { LedgerSettings } from "./config.ts";
import { createForwardClient } from "./forward-client.ts";
import { type LedgerKeys, readKeys } from "./keys.ts";
import type { Ledger } from "./ledger.ts";
import type { PostgresPlace } from "./postgres-database.ts";
import type { ReaderThreadData } from "./reader-thread.ts";
import { createThreadClient } from "./thread-client.ts";
import { createThreadReader } from "./thread-reader.ts";
import type { PruneArgument } from "./upkeep.ts";
import type { ExpectedHead } from "./verify-ledger.ts";
import { createWriterClient } from "./writer-client.ts";

/** What the ledger is opened with besides its section of the configuration. */
export interface LedgerOptions {
  readonly clock: Clock;
  readonly makeId: MakeId;
  /** The folder of the service's data; the ledger's files are in `ledger` within. */
  readonly dataFolder: string;
}

/** Milliseconds after which a watcher that does not read is let go. */
const WATCHER_PATIENCE_MS = 300_000;

/** The longest silence of a watch; clients are promised 15 seconds. */
const WATCH_CHECKPOINT_MS = 10_000;

const DAY_MS = 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

/**
 * Opens the ledger of this process. One thread writes, one answers what requests wait for and feeds watchers, one
 * answers what takes long; none of it is on the serving thread. A storage that cannot be opened is no exception here: the
 * ledger says so in `state()`, does what `on_failure` demands, and tries again.
 * @throws LedgerError `invalid_settings` where a key cannot be read.
 */
export async function openLedger(settings: LedgerSettings, options: LedgerOptions): Promise<Ledger> {
  const folder = join(options.dataFolder, "ledger");
  const keys = readKeys(settings);
  const commits = commitMemory();
  const writer = createWriterClient(settings, keys, { ...options, folder, commits });
  await writer.opened();
  const place = settings.postgres && postgresPlace(settings.postgres);
  const data = {
    folder,
    postgres: place,
    keys: settings.encryption?.keys ?? [],
    trustedKeys: keys.trusted,
    patienceMs: WATCHER_PATIENCE_MS,
    checkpointMs: WATCH_CHECKPOINT_MS,
    commits,
  };
  const file = new URL("./reader-thread.ts", import.meta.url);
  const near = createThreadClient(file, { ...data, role: "near" } satisfies ReaderThreadData, "ledger-near");
  const far = createThreadClient(file, { ...data, role: "far" } satisfies ReaderThreadData, "ledger-far");
  const readsCentre = settings.postgres?.read === "centre";
  const centre = readsCentre
    ? createThreadClient(file, { ...data, role: "centre" } satisfies ReaderThreadData, "ledger-centre")
    : undefined;
  const forward =
    settings.postgres &&
    place &&
    createForwardClient({
      ...place,
      folder,
      batchSize: settings.postgres.batch_size,
      lagAlertMs: settings.postgres.lag_alert_seconds * 1000,
      retention: centreRetention(settings.postgres, keys),
    });
  const ownHeads = (): ExpectedHead[] => {
    const { writerId, lastSequence } = writer.state();
    return writerId === "" ? [] : [{ writerId, sequence: lastSequence, digest: undefined }];
  };
  const now = (): number => Math.floor(options.clock.now());
  const prune = async (): Promise<number> => {
    if (settings.retention_days === undefined) return 0;
    const shipped = forward?.state();
    // What the centre does not have, or may not have, is kept.
    if (shipped && (shipped.status === "away" || shipped.position === 0)) return 0;
    const before = now() - Math.max(settings.retention_days * DAY_MS, shipped?.lagMs ?? 0);
    const argument = { before, through: shipped?.position, now: now() } satisfies PruneArgument;
    return Number(await writer.call("prune", argument));
  };
  const pruning = setInterval(() => prune().catch(() => undefined), PRUNE_EVERY_MS);
  pruning.unref();

  return {
    append: writer.append,
    reader: createThreadReader(
      near,
      far,
      ownHeads,
      centre && { thread: centre, position: () => forward?.state().position ?? 0 },
    ),
    async putDocument(kind, revision, bytes) {
      await writer.call("putDocument", { kind, revision, bytes });
    },
    state: () => ({ ...writer.state(), forward: forward?.state() }),
    upkeep: {
      prune,
      eraseSubject: async (tenant, subject) =>
        Number(await writer.call("eraseSubject", { tenant, subject, now: now() })),
      reencrypt: async () => Number(await writer.call("reencrypt", undefined)),
    },
    async close() {
      clearInterval(pruning);
      await writer.close();
      await Promise.all([near.close(), far.close(), centre?.close(), forward?.close()]);
    },
  };
}

/** Where the centre of these settings is. */
export function postgresPlace(settings: NonNullable<LedgerSettings["postgres"]>): PostgresPlace {
  return { url: settings.url, schema: settings.schema, partitionDays: settings.partition_days };
}

/** What the centre drops, and the key that signs for it. */
function centreRetention(
  { retention_days: days }: NonNullable<LedgerSettings["postgres"]>,
  { sign, trusted }: LedgerKeys,
): CentreRetention | undefined {
  return days === undefined || !sign ? undefined : { days, pem: sign.pem, trusted };
}
