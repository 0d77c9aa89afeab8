import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createHealth } from "../../src/http/health.ts";
import { openFolder } from "../../src/ledger/folder-database.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { verifyFolder } from "../../src/ledger/verify-offline.ts";
import { PATIENT, shipped } from "./centre.ts";
import { decided, finished } from "./entries.ts";
import { testFolder } from "./open.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "./postgres-server.ts";
import { collect, verification } from "./read.ts";

const DAY_MS = 86_400_000;
const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();

/** Keeps everybody from writing to a schema, as a server does that does not answer, until it is released. */
async function hold(url: string, schema: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${schema}.writers IN ACCESS EXCLUSIVE MODE`);
  return () => client.end();
}

/** The median of the milliseconds that single appends take, until there is enough. */
async function appendLatency(ledger: Ledger, isEnough: (count: number) => boolean): Promise<number> {
  const latencies: number[] = [];
  while (!isEnough(latencies.length)) {
    const since = performance.now();
    await ledger.append(decided({ id: `live${since}` }));
    latencies.push(performance.now() - since);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return latencies.sort((left, right) => left - right)[Math.floor(latencies.length / 2)] ?? 0;
}

describe.skipIf(postgresPrograms === undefined)("while the centre is away", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test("nothing is pruned here that it does not have, however old; what it has, is", async () => {
    await using folder = testFolder();
    const postgres = { url: server.url, schema: "prune", read: "local" } as const;
    const settings = { sign: { key, every_entries: 5 }, retention_days: 1, postgres };
    await server.stop();
    const old = await folder.open(settings, Date.now() - 3 * DAY_MS);
    for (let index = 0; index < 20; index += 1)
      await Promise.all([decided({ id: `d${index}` }), finished({ id: `d${index}` })].map(old.append));
    await old.close();
    const ledger = await folder.open(settings);
    await vi.waitFor(() => {
      const { status, lag, lagMs } = ledger.state().forward ?? {};
      expect({ status, late: (lagMs ?? 0) > 2 * DAY_MS, many: (lag ?? 0) > 40 }).toEqual({
        status: "away",
        late: true,
        many: true,
      });
    }, PATIENT);
    expect(await ledger.upkeep.prune()).toBe(0);
    const total = async (): Promise<number> => {
      const database = openFolder(join(folder.path, "ledger"));
      const rows = await database.all("SELECT count(*) AS count FROM entries");
      await database.close();
      return Number(rows[0]?.count);
    };
    expect(await total()).toBeGreaterThan(40);

    await server.start();
    await shipped(ledger);
    expect(await ledger.upkeep.prune()).toBeGreaterThan(40);
    expect(await total()).toBeLessThan(10);
    expect((await verification(ledger)).breaks).toEqual([]);
    const offline = await collect(verifyFolder(join(folder.path, "ledger"), [key]));
    expect(offline.filter(({ event }) => event.case === "break")).toEqual([]);
  });

  test("the lag rises, health says so beyond the threshold, and it is caught up", async () => {
    await using folder = testFolder();
    const postgres = { url: server.url, schema: "lag", lag_alert_seconds: 2 };
    const ledger = await folder.open({ postgres });
    await ledger.append(decided({ id: "first" }));
    await shipped(ledger);
    const health = createHealth({
      ledger: () => ledger.state(),
      admission: () => ({ away: undefined, closed: [], localShare: [] }),
      refusesUnrecorded: true,
    });
    expect(health.check()).toMatchObject({ ready: true, problems: [] });

    // A server that takes the connection and does not answer.
    const release = await hold(server.url, "lag");
    for (let index = 0; index < 10; index += 1) await ledger.append(decided({ id: `held${index}` }));
    await vi.waitFor(() => {
      expect(ledger.state().forward).toMatchObject({ status: "lagging", lag: 10 });
      expect(ledger.state().forward?.lagMs).toBeGreaterThan(2_000);
      const problem = {
        part: "ledger.forward",
        message: expect.stringMatching(/10 entries wait, the oldest for \d+ s/),
      };
      expect(health.check()).toMatchObject({ ready: true, problems: [problem] });
    }, PATIENT);
    await release();
    await shipped(ledger);
    expect(health.check().problems).toEqual([]);

    // A server that is gone.
    await server.stop();
    for (let index = 0; index < 10; index += 1) await ledger.append(decided({ id: `gone${index}` }));
    await vi.waitFor(
      () => expect(ledger.state().forward).toMatchObject({ status: "away", lag: 10 }),
      PATIENT,
    );
    const first = ledger.state().forward?.lagMs ?? 0;
    await vi.waitFor(() => {
      expect(ledger.state().forward?.lagMs).toBeGreaterThan(first + 1_000);
      const problem = {
        part: "ledger.forward",
        message: expect.stringMatching(/cannot be reached.*10 entries wait/),
      };
      expect(health.check()).toMatchObject({ ready: true, problems: [problem] });
    }, PATIENT);
    await server.start();
    await shipped(ledger);
    expect(health.check().problems).toEqual([]);
    expect((await verification(ledger)).breaks).toEqual([]);
  });

  test("appends are not held up while a backlog is caught up", async () => {
    await using folder = testFolder();
    const postgres = { url: server.url, schema: "backlog", lag_alert_seconds: 60 };
    const ledger = await folder.open({ postgres, durability: "os" });
    await ledger.append(decided({ id: "first" }));
    await shipped(ledger);
    const release = await hold(server.url, "backlog");
    for (let done = 0; done < 30_000; done += 5_000) {
      const some = Array.from({ length: 5_000 }, (_, index) => decided({ id: `b${done + index}` }));
      await Promise.all(some.map(ledger.append));
    }
    const before = await appendLatency(ledger, (count) => count >= 50);
    await release();
    // A fast machine may be through before a fourth sample is taken.
    const meanwhile = await appendLatency(
      ledger,
      (count) => count >= 4 && (ledger.state().forward?.lag ?? 0) < 1_000,
    );
    // Two cores do the work of three programs here: slower is natural, stopped would be seconds.
    expect(meanwhile).toBeLessThan(20 * before + 1_000);
    await shipped(ledger);
    expect((await verification(ledger)).breaks).toEqual([]);
  });
});
