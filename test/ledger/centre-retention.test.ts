import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { VerifyLedgerResponse } from "#gen/pointsman/v1/audit_service_pb.ts";
import type { LedgerSettingsInput } from "../../src/ledger/config.ts";
import { CUT_COLUMNS, cutValues, signCut } from "../../src/ledger/cuts.ts";
import { exportLedger } from "../../src/ledger/export-ledger.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openPostgresLedger } from "../../src/ledger/postgres-database.ts";
import { createSigner } from "../../src/ledger/signing.ts";
import { verifyCentre, verifyExport } from "../../src/ledger/verify-offline.ts";
import { atCentre, numberAt, PATIENT, pruneAt, shipped } from "./centre.ts";
import { decided, finished, outcome, timedOut } from "./entries.ts";
import { type TestFolder, testFolder } from "./open.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "./postgres-server.ts";
import { collect, verification } from "./read.ts";

const DAY_MS = 86_400_000;
const everyone = { tenants: "all" } as const;
const { signal } = new AbortController();
const newKey = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const breaksOf = (messages: readonly VerifyLedgerResponse[]): string =>
  messages.flatMap(({ event }) => (event.case === "break" ? [event.value.message] : [])).join("\n");

describe.skipIf(postgresPrograms === undefined)("retention in the centre", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const settingsOf = (schema: string, key: string, more: object = {}): LedgerSettingsInput => ({
    sign: { key, every_entries: 5 },
    postgres: { url: server.url, schema, partition_days: 1, ...more },
  });

  /** Writes some records that were made so many days ago, the oldest first, and waits until the centre has them. */
  const write = async (
    folder: TestFolder,
    settings: LedgerSettingsInput,
    ...days: readonly number[]
  ): Promise<void> => {
    let time = 0;
    const ago = (daysAgo: number): void => {
      time = Date.now() - daysAgo * DAY_MS;
    };
    ago(days[0] ?? 0);
    const ledger = await folder.open(settings, () => time);
    for (const daysAgo of days) {
      ago(daysAgo);
      for (let index = 0; index < 10; index += 1) {
        const id = `${daysAgo}-${index}`;
        const request = { id, requestId: `r${id}`, rules: ["one", "two"], time };
        const entries = [
          decided(request),
          timedOut(request),
          finished(request),
          outcome(id, "a", true, time),
        ];
        await Promise.all(entries.map(ledger.append));
      }
    }
    await shipped(ledger);
    await ledger.close();
  };

  const place = (schema: string) => ({ url: server.url, schema, partitionDays: 1 });

  test("drops whole partitions against signed checkpoints, and everything derived from them", async () => {
    await using folder = testFolder();
    await using retired = testFolder();
    const key = newKey();
    const settings = settingsOf("drops", key);
    await write(retired, settings, 30);
    await write(folder, settings, 20, 12, 2);
    const query = { cursor: "", startTime: timestampFromMs(1), filter: undefined };
    const before = await folder.open(settings);
    await shipped(before);
    let cursor = "";
    for await (const message of before.reader.watchEntries(query, everyone, signal)) {
      cursor = message.cursor;
      break;
    }
    await before.close();

    const ledger = await folder.open(settingsOf("drops", key, { retention_days: 7 }));
    await vi.waitFor(
      () =>
        atCentre(server.url, "drops", async (client) =>
          expect(await numberAt(client, "SELECT count(*) FROM records")).toBe(10),
        ),
      PATIENT,
    );
    await shipped(ledger);
    expect(ledger.state().forward?.retention).toBe("");
    await atCentre(server.url, "drops", async (client) => {
      for (const [table, count] of [
        ["records WHERE cardinality(rule_ids) = 2", 10],
        ["failures", 10],
        ["outcomes", 10],
        ["requests", 10],
      ] as const)
        expect(await numberAt(client, `SELECT count(*) FROM ${table}`), table).toBe(count);
      const old = (Date.now() - 8 * DAY_MS) * 1_000;
      expect(await numberAt(client, `SELECT count(*) FROM entries WHERE time < ${old}`)).toBe(0);
      expect(await numberAt(client, "SELECT count(*) FROM cuts WHERE sequence = entry_count")).toBe(2);
      expect(
        await numberAt(client, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'entries'::regclass"),
      ).toBeLessThanOrEqual(4);
    });
    const { breaks, summary } = await verification(ledger);
    expect(breaks).toEqual([]);
    expect(summary).toMatchObject({ writerCount: 2, brokenCount: 0 });
    const { records } = await ledger.reader.listRecords(
      { filter: undefined, pageSize: 100, pageToken: "" },
      everyone,
      signal,
    );
    expect(records.map(({ decisionId }) => decisionId).sort()).toEqual(
      Array.from({ length: 10 }, (_, index) => `2-${index}`),
    );
    const resumed = collect(
      ledger.reader.watchEntries({ ...query, cursor, startTime: undefined }, everyone, signal),
    );
    await expect(resumed).rejects.toMatchObject({ kind: "cursor_expired" });

    // The chain goes on from its checkpoint, and the next checkpoint stands for all that was dropped before, too.
    await ledger.append(decided({ id: "later", time: Date.now() }));
    await shipped(ledger);
    // A copy, for what is signed while the ledger is closed is not shipped any more.
    const heads = join(folder.path, "heads.jsonl");
    copyFileSync(join(folder.path, "ledger", "signed-heads.jsonl"), heads);
    await ledger.close();
    const pruned = await pruneAt(server.url, "drops", key, Date.now() - DAY_MS);
    expect(pruned).toMatchObject({ count: expect.any(Number), problem: "" });
    expect(pruned.count).toBeGreaterThan(40);
    expect(breaksOf(await collect(verifyCentre(place("drops"), [key], [])))).toBe("");
    await atCentre(server.url, "drops", async (client) =>
      expect(await numberAt(client, "SELECT count(*) FROM records")).toBe(1),
    );

    // A folder that comes back after all of its entries were dropped does not send them again.
    const back = await retired.open(settings);
    await shipped(back);
    expect((await verification(back)).breaks).toEqual([]);
    await back.close();

    // An export carries the checkpoints.
    const target = join(folder.path, "export");
    const centre = await openPostgresLedger(place("drops"));
    await collect(exportLedger(centre, target, { format: "jsonl", signingKey: key, now: Date.now() }));
    await centre.close();
    const checked = await collect(verifyExport(target, [key]));
    expect(breaksOf(checked)).toBe("");
    expect(checked.at(-1)?.event.value).toMatchObject({ writerCount: 2 });

    const config = join(folder.path, "pointsman.yaml");
    writeFileSync(join(folder.path, "ledger.pem"), key);
    writeFileSync(
      config,
      `data: .\nledger: { sign: { key_file: ledger.pem }, postgres: { url: "${server.url}", schema: drops, partition_days: 1 } }\n`,
    );
    const program = join(import.meta.dirname, "../../src/cli/main.ts");
    const verify = ["audit", "verify", "--centre", "--config", config, "--heads", heads];
    const run = spawnSync(process.execPath, [program, ...verify], { encoding: "utf8" });
    expect(run).toMatchObject({ status: 0, stdout: expect.stringMatching(/ in 2 chains, 0 broken/) });
  });

  test("a checkpoint that is missing, forged, moved or signed by a stranger is named", async () => {
    await using folder = testFolder();
    const key = newKey();
    const settings = settingsOf("forged", key);
    await write(folder, settings, 20, 10, 1);
    await pruneAt(server.url, "forged", key, Date.now() - 15 * DAY_MS);
    const verify = async (): Promise<string> =>
      breaksOf(await collect(verifyCentre(place("forged"), [key], [])));
    expect(await verify()).toBe("");
    await atCentre(server.url, "forged", async (client) => {
      const forge = async (sql: string, wanted: RegExp): Promise<void> => {
        await client.query("CREATE TABLE kept AS SELECT * FROM cuts");
        await client.query(sql);
        expect(await verify(), sql).toMatch(wanted);
        await client.query("DELETE FROM cuts; INSERT INTO cuts SELECT * FROM kept; DROP TABLE kept");
      };
      await forge("DELETE FROM cuts", /no checkpoint stands for the beginning/);
      await forge("UPDATE cuts SET signature = ''", /the checkpoint that stands for them is not signed/);
      await forge(
        "UPDATE cuts SET entry_count = entry_count + 1",
        /signature of the checkpoint for them does not hold/,
      );
      await forge(
        "UPDATE cuts SET cut_time = '2020-01-01T00:00:00.000Z'",
        /signature of the checkpoint for them does not hold/,
      );
      // More is dropped than retention dropped, and the checkpoint moved there.
      const next = "(SELECT min(sequence) + 5 FROM entries)";
      await client.query("CREATE TABLE spare AS SELECT * FROM entries");
      await forge(
        `UPDATE cuts SET (sequence, digest, entry_count) = (SELECT sequence, digest, sequence FROM entries WHERE sequence = ${next});
         DELETE FROM entries WHERE sequence <= (SELECT sequence FROM cuts)`,
        /signature of the checkpoint for them does not hold/,
      );
      await client.query("DELETE FROM entries; INSERT INTO entries SELECT * FROM spare");
      const row = (await client.query("SELECT c.*, w.id FROM cuts c JOIN writers w ON w.number = c.writer"))
        .rows[0];
      const cut = {
        writerId: row.id,
        sequence: Number(row.sequence),
        digest: row.digest,
        time: Number(row.time),
        entryCount: Number(row.entry_count),
        cutTime: row.cut_time,
      };
      const stranger = cutValues(Number(row.writer), signCut(cut, createSigner(newKey())));
      const marks = CUT_COLUMNS.map((_, index) => `$${index + 1}`).join(", ");
      await client.query("DELETE FROM cuts");
      await client.query(`INSERT INTO cuts (${CUT_COLUMNS.join(", ")}) VALUES (${marks})`, stranger);
      expect(await verify()).toMatch(/signed by the key [0-9a-f]{16}, which is not trusted/);
    });
  });

  test("a partition whose chain does not hold is kept, and said so", async () => {
    await using folder = testFolder();
    const key = newKey();
    await write(folder, settingsOf("kept", key), 20);
    await atCentre(server.url, "kept", (client) => client.query("DELETE FROM entries WHERE sequence = 7"));
    const ledger: Ledger = await folder.open(settingsOf("kept", key, { retention_days: 5 }));
    await vi.waitFor(() => expect(ledger.state().forward?.retention).toMatch(/entry 7 is missing/), PATIENT);
    await atCentre(server.url, "kept", async (client) =>
      expect(await numberAt(client, "SELECT count(*) FROM entries")).toBeGreaterThan(40),
    );
  });
});
