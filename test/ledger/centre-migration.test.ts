import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import { GENESIS_DIGEST, sealEntry } from "../../src/ledger/chain.ts";
import { columnArray } from "../../src/ledger/postgres-arrays.ts";
import { FIRST_LAYOUT } from "../../src/ledger/postgres-layout.ts";
import { areCovered, coverTimes, readPartitions } from "../../src/ledger/postgres-partitions.ts";
import { verifyCentre } from "../../src/ledger/verify-offline.ts";
import { atCentre, numberAt, PATIENT } from "./centre.ts";
import { decided } from "./entries.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "./postgres-server.ts";
import { collect } from "./read.ts";

const DAY_MS = 86_400_000;
const CHAINS = ["a", "b"];
/** Four transactions of moving. */
const ENTRIES = 20_000;

/** Makes a schema of the first layout with chains that reach over five weeks, and a record with two rules for each entry. */
async function makeFirstLayout(client: Client, schema: string): Promise<void> {
  await client.query(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}; ${FIRST_LAYOUT};
    CREATE TABLE layout (version BIGINT NOT NULL); INSERT INTO layout VALUES (1);`);
  const length = ENTRIES / CHAINS.length;
  const start = Date.now() - 35 * DAY_MS;
  for (const id of CHAINS) {
    const added = await client.query("INSERT INTO writers (id) VALUES ($1) RETURNING number", [id]);
    const writer = Number(added.rows[0].number);
    const places = Array.from({ length }, (_, index) => index);
    let previous = GENESIS_DIGEST;
    const sealed = places.map((index) => {
      const { decisionId, tenant, event } = decided({ id: `${id}${index}` });
      const body = toBinary(EntrySchema, create(EntrySchema, { decisionId, tenant, event }));
      const time = start + Math.floor((index / length) * 35 * DAY_MS);
      const entry = sealEntry(Buffer.from(id), index + 1, time, body, previous);
      previous = entry.digest;
      return { ...entry, time: time * 1_000 };
    });
    await client.query(
      "INSERT INTO entries SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[])",
      [
        columnArray(
          "bigint",
          places.map(() => writer),
        ),
        columnArray(
          "bigint",
          places.map((index) => index + 1),
        ),
        columnArray(
          "bigint",
          sealed.map(({ time }) => time),
        ),
        columnArray(
          "bytea",
          sealed.map(({ payload }) => payload),
        ),
        columnArray(
          "bytea",
          sealed.map(({ digest }) => digest),
        ),
      ],
    );
    const ids = places.map((index) => `${id}${index}`);
    await client.query("INSERT INTO records (decision_id, writer) SELECT unnest($1::text[]), $2", [
      ids,
      writer,
    ]);
    await client.query(
      "INSERT INTO record_rules SELECT rule, id FROM unnest($1::text[]) AS id, unnest($2::text[]) AS rule",
      [ids, RULES],
    );
  }
}

const RULES = ["first", "second"];

describe.skipIf(postgresPrograms === undefined)("the layout of the centre", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const startReplica = (schema: string): { child: ChildProcess; ended: Promise<number | null> } => {
    const file = join(import.meta.dirname, "migrate-child.ts");
    const child = spawn(process.execPath, [file, server.url, schema], { stdio: "ignore" });
    return { child, ended: new Promise((resolve) => child.once("exit", resolve)) };
  };

  const expectWhole = async (schema: string): Promise<void> => {
    await atCentre(server.url, schema, async (client) => {
      expect(await numberAt(client, "SELECT count(*) FROM entries")).toBe(ENTRIES);
      expect(await numberAt(client, "SELECT count(*) FROM decision_entries WHERE decision_id = 'b77'")).toBe(
        1,
      );
      expect(await numberAt(client, "SELECT sum(last_sequence) FROM writers")).toBe(ENTRIES);
      const versions = await client.query("SELECT version FROM layout ORDER BY version");
      expect(versions.rows.map(({ version }) => Number(version))).toEqual([1, 2, 3, 4, 5, 6, 7]);
      const parts = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'entries'::regclass";
      expect(await numberAt(client, parts)).toBeGreaterThanOrEqual(5);
      for (const table of ["entries_before_partitions", "record_rules", "record_rules_before_lists"])
        expect(await numberAt(client, `SELECT count(to_regclass('${table}'))`)).toBe(0);
      const lists = await client.query("SELECT rule_ids, count(*) AS count FROM records GROUP BY rule_ids");
      expect(lists.rows.map(({ rule_ids }) => rule_ids.sort())).toEqual([RULES]);
      expect(Number(lists.rows[0]?.count)).toBe(ENTRIES);
    });
    const messages = await collect(verifyCentre({ url: server.url, schema, partitionDays: 7 }, [], []));
    expect(messages.filter(({ event }) => event.case === "break")).toEqual([]);
    expect(messages.at(-1)?.event.value).toMatchObject({ writerCount: CHAINS.length, brokenCount: 0 });
  };

  test("is brought up to date once by four replicas that start at the same time", async () => {
    await atCentre(server.url, "public", (client) => makeFirstLayout(client, "four"));
    const replicas = Array.from({ length: 4 }, () => startReplica("four"));
    expect(await Promise.all(replicas.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
    await expectWhole("four");
  });

  test("is made from nothing by four replicas that start at the same time", async () => {
    const replicas = Array.from({ length: 4 }, () => startReplica("fresh"));
    expect(await Promise.all(replicas.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  });

  test("goes on where a replica died in the middle, by its connection or by SIGKILL", async () => {
    await atCentre(server.url, "public", async (client) => {
      await makeFirstLayout(client, "dies");
      // Moving goes no further than the gate, so that there is a middle, however long it takes to look.
      await client.query(`CREATE TABLE gate (moved BIGINT NOT NULL); INSERT INTO gate VALUES (0);
        CREATE FUNCTION dally() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
          WHILE ${ENTRIES} - (SELECT count(*) FROM dies.entries_before_partitions) > (SELECT moved FROM dies.gate) LOOP PERFORM pg_sleep(0.05); END LOOP;
          RETURN NULL;
        END $$;
        CREATE TRIGGER dally BEFORE DELETE ON entries FOR EACH STATEMENT EXECUTE FUNCTION dally()`);
    });
    await atCentre(server.url, "dies", async (client) => {
      const moved = async (): Promise<number> => {
        const parted = await numberAt(
          client,
          "SELECT count(*) FROM pg_class WHERE relname = 'entries' AND relkind = 'p' AND relnamespace = 'dies'::regnamespace",
        );
        return parted === 0 ? 0 : await numberAt(client, "SELECT count(*) FROM entries");
      };
      const killInTheMiddle = async (kill: (child: ChildProcess) => Promise<unknown>): Promise<void> => {
        const before = await moved();
        await client.query("UPDATE dies.gate SET moved = $1", [before]);
        const { child, ended } = startReplica("dies");
        await vi.waitFor(async () => expect(await moved()).toBeGreaterThan(before), PATIENT);
        await kill(child);
        expect(await ended).not.toBe(0);
        // A server does not notice at once that a client is gone: the one that waits would wait on.
        await client.query(
          "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        );
        const left = await numberAt(client, "SELECT count(*) FROM entries_before_partitions");
        expect(left).toBeGreaterThan(0);
        expect((await moved()) + left).toBe(ENTRIES);
      };
      await killInTheMiddle(() =>
        client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        ),
      );
      await killInTheMiddle(async (child) => child.kill("SIGKILL"));
      await client.query("UPDATE dies.gate SET moved = $1", [ENTRIES]);
    });
    const { ended } = startReplica("dies");
    expect(await ended).toBe(0);
    await expectWhole("dies");
  });

  test("gets each partition once, whoever wants it at the same time and however wide", async () => {
    const schema = "parts";
    const { ended } = startReplica(schema);
    expect(await ended).toBe(0);
    const now = Date.now() * 1_000;
    const times = Array.from({ length: 40 }, (_, index) => now - ((index * 7_919) % 90) * DAY_MS * 1_000);
    const widths = [7, 1, 30, 7, 2, 14];
    await Promise.all(
      widths.map((days, place) =>
        atCentre(server.url, schema, (client) =>
          coverTimes(client, days, [...times.slice(place * 5), ...times.slice(0, place * 5)]),
        ),
      ),
    );
    const partitions = await atCentre(server.url, schema, (client) => readPartitions(client));
    expect(areCovered(partitions, times)).toBe(true);
    for (const [index, { start, end }] of partitions.entries()) {
      expect(start).toBeLessThan(end);
      expect(start).toBeGreaterThanOrEqual(partitions[index - 1]?.end ?? 0);
    }
  });

  test("of a newer version of the program is refused", async () => {
    const place = { url: server.url, schema: "newer", partitionDays: 7 };
    await atCentre(server.url, "public", (client) =>
      client.query(
        "CREATE SCHEMA newer; CREATE TABLE newer.layout (version BIGINT); INSERT INTO newer.layout VALUES (99)",
      ),
    );
    await expect(collect(verifyCentre(place, [], []))).rejects.toMatchObject({ kind: "invalid_settings" });
  });
});
