import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { ledgerSettingsSchema } from "../../src/ledger/config.ts";
import { forward } from "../../src/ledger/forwarder.ts";
import type { NewEntry } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { openPostgresLedger } from "../../src/ledger/postgres-database.ts";
import { ledgerFile } from "../../src/ledger/sqlite-database.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";
import { openDatabaseReadOnly } from "../../src/lib/sqlite.ts";
import { decided, finished } from "../ledger/entries.ts";
import { postgresPrograms, startPostgres } from "../ledger/postgres-server.ts";

const ENTRIES = 40_000;
const BATCH = 1_000;
const ROUNDS = 3;

/**
 * Entries a second that are shipped to PostgreSQL, derived tables and all, against a bare multi-row insert of the same
 * rows in batches of the same size into a table with the same key, on the same server. The two take turns, with their tables
 * made beforehand, and once without being measured, so that neither waits for its code.
 * @param tell gets one line a round.
 */
export async function benchForwarding(tell: (line: string) => void): Promise<void> {
  if (postgresPrograms === undefined) {
    tell("forwarding: not measured, for this machine has no PostgreSQL");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "pointsman-bench-"));
  await using server = await startPostgres();
  try {
    await fill(folder);
    await bareInsert(server.url, folder);
    await ship(server.url, folder, "warm");
    for (let round = 0; round < ROUNDS; round += 1) {
      const bare = await bareInsert(server.url, folder);
      const cpu = process.cpuUsage();
      const forwarded = await ship(server.url, folder, `round${round}`);
      const { user, system } = process.cpuUsage(cpu);
      const share = (forwarded / bare).toFixed(2);
      tell(
        `forwarding: ${Math.round(forwarded)} entries/s (${share}x of ${Math.round(bare)} by a bare insert), ${((user + system) / ENTRIES).toFixed(1)} us of this process each`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A ledger with half decisions and half ends, of usual size. */
async function fill(dataFolder: string): Promise<void> {
  const settings = ledgerSettingsSchema.parse({ durability: "os", max_pending: ENTRIES });
  const ledger = await openLedger(settings, { clock: systemClock, makeId, dataFolder });
  const rules = ["prefer-small-models", "keep-personal-data-in-europe", "budget-of-the-month"];
  for (let done = 0; done < ENTRIES; done += BATCH) {
    const some: NewEntry[] = [];
    for (let index = 0; index < BATCH / 2; index += 1) {
      const request = { id: makeId(), rules, time: Date.now() };
      some.push(decided(request), finished(request));
    }
    await Promise.all(some.map(ledger.append));
  }
  await ledger.close();
}

async function bareInsert(url: string, dataFolder: string): Promise<number> {
  const local = openDatabaseReadOnly(ledgerFile(join(dataFolder, "ledger")));
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`DROP TABLE IF EXISTS bare; CREATE TABLE bare (writer BIGINT, sequence BIGINT, time BIGINT,
      payload BYTEA, digest BYTEA, PRIMARY KEY (writer, sequence))`);
    const read = local.prepare("SELECT * FROM entries WHERE position > ? ORDER BY position LIMIT ?");
    const start = performance.now();
    let count = 0;
    for (let position = 0; ; ) {
      const rows = read.all(position, BATCH);
      if (rows.length === 0) break;
      const column = (name: string): unknown[] => rows.map((row) => row[name]);
      const bytes = (name: string): Buffer[] => rows.map((row) => Buffer.from(row[name] as Uint8Array));
      const values = [
        column("writer"),
        column("sequence"),
        column("time"),
        bytes("payload"),
        bytes("digest"),
      ];
      await client.query(
        "INSERT INTO bare SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[])",
        values,
      );
      position = Number(rows.at(-1)?.position);
      count += rows.length;
    }
    return (count / (performance.now() - start)) * 1_000;
  } finally {
    local.close();
    await client.end();
  }
}

async function ship(url: string, dataFolder: string, schema: string): Promise<number> {
  const options = {
    url,
    schema,
    partitionDays: 7,
    retention: undefined,
    folder: join(dataFolder, "ledger"),
    batchSize: BATCH,
    lagAlertMs: 60_000,
  };
  await (await openPostgresLedger(options)).close();
  const controller = new AbortController();
  const start = performance.now();
  let forwarded = 0;
  let end = start;
  await forward(
    options,
    (state) => {
      if (state.status === "away") throw new Error(state.message);
      forwarded = state.forwarded;
      end = performance.now();
      if (state.lag === 0) controller.abort();
    },
    controller.signal,
  );
  return (forwarded / (end - start)) * 1_000;
}

if (import.meta.main) await benchForwarding(console.log);
