import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SummaryDimension } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import type { Ledger, LedgerReader } from "../../src/ledger/ledger.ts";
import { atCentre, numberAt } from "./centre.ts";
import { decided, finished, outcome, timedOut } from "./entries.ts";
import { type TestFolder, testFolder } from "./open.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "./postgres-server.ts";
import { collect, verification } from "./read.ts";

const HOUR_MS = 3_600_000;
const everyone = { tenants: "all" } as const;
const { signal } = new AbortController();

/** Waits until the centre has everything that these ledgers wrote. */
async function caughtUp(ledgers: readonly Ledger[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = await verification(ledgers[0] as Ledger);
      const total = ledgers.reduce((sum, ledger) => sum + ledger.state().lastSequence, 0);
      expect(Number(found.summary?.entryCount)).toBeGreaterThanOrEqual(total);
    },
    { timeout: 240_000, interval: 100 },
  );
}

describe.skipIf(postgresPrograms === undefined)("with PostgreSQL as the centre", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const open = (folder: TestFolder, schema: string, read: "local" | "centre"): Promise<Ledger> =>
    folder.open({ postgres: { url: server.url, schema, read } });

  test("answers every question as SQLite does", async () => {
    await using folder = testFolder();
    // Entries of three days, in a partition each.
    const start = Date.now() - 60 * HOUR_MS;
    let time = start;
    const postgres = { url: server.url, schema: "same", partition_days: 1 };
    const writing = await folder.open({ postgres }, () => time);
    for (let index = 0; index < 30; index += 1) {
      const request = {
        id: `d${String(index).padStart(2, "0")}`,
        tenant: index % 3 === 0 ? "acme" : "other",
        requestId: index % 2 === 0 ? `r${index % 4}` : "",
        targetId: index % 5 === 0 ? "big" : "small",
        latencyMs: index * 7,
        rules: [`rule${index % 4}`],
        time: 86_400_000 * (index % 3) + index,
      };
      const entries = [
        decided(request),
        timedOut(request),
        finished(request),
        outcome(request.id, "a", index % 4 !== 0, 2_000, request.tenant),
      ];
      time = start + index * 2 * HOUR_MS;
      await Promise.all(entries.map(writing.append));
    }
    await writing.append(outcome("d01", "b", false, 3_000, "other"));
    await writing.append(outcome("d02", "a", false, 1_000, "other"));
    await writing.putDocument("policy", "abc", Buffer.from("policy"));
    await caughtUp([writing]);
    const here = await open(folder, "same", "local");
    // A machine that has nothing of its own: whatever it knows, it knows from the centre.
    await using empty = testFolder();
    const elsewhere = await open(empty, "same", "centre");

    const ask = async (reader: LedgerReader): Promise<unknown> => {
      const pages = [];
      for (let pageToken = ""; ; ) {
        const page = await reader.listRecords(
          { filter: undefined, pageSize: 7, pageToken },
          { tenants: ["other"] },
          signal,
        );
        pages.push(page.records);
        pageToken = page.nextPageToken;
        if (pageToken === "") break;
      }
      const groupings = [
        [],
        [SummaryDimension.TARGET],
        [SummaryDimension.DAY, SummaryDimension.TENANT],
        [SummaryDimension.TASK],
      ];
      const sums = await Promise.all(
        groupings.map((groupBy) => reader.summarizeRecords({ filter: undefined, groupBy }, everyone, signal)),
      );
      const border = create(RecordFilterSchema, {
        startTime: timestampFromMs(86_400_000 - 1),
        endTime: timestampFromMs(2 * 86_400_000),
        ruleIds: ["rule1", "rule3"],
      });
      const middle = await reader.listRecords(
        { filter: border, pageSize: 100, pageToken: "" },
        everyone,
        signal,
      );
      const watched = [];
      const since = { cursor: "", startTime: timestampFromMs(start + 23 * HOUR_MS), filter: undefined };
      for await (const { event } of reader.watchEntries(since, everyone, signal)) {
        if (event.case !== "entry") break;
        if (event.value.decisionId === "") continue;
        watched.push(`${event.value.sequence} ${Buffer.from(event.value.digest).toString("hex")}`);
      }
      const decisions = await collect(reader.readDecisions(undefined, 12, everyone, signal));
      const record = await reader.getRecord("d01", everyone, signal);
      const request = await reader.findRequest("acme", "r2", signal);
      return {
        pages,
        middle: middle.records,
        watched,
        sums,
        record,
        decisions: decisions.map(({ decisionBytes, completion }) => [
          Buffer.from(decisionBytes).toString("hex"),
          completion,
        ]),
        request: request && { ...request, inputDigest: Buffer.from(request.inputDigest).toString("hex") },
      };
    };
    const answers = (await ask(elsewhere.reader)) as { middle: unknown[]; watched: unknown[] };
    expect(answers).toEqual(await ask(here.reader));
    expect(answers.middle.length).toBeGreaterThan(2);
    expect(answers.watched.length).toBeGreaterThan(60);
    await atCentre(server.url, "same", async (client) =>
      expect(await numberAt(client, "SELECT count(DISTINCT tableoid) FROM entries")).toBeGreaterThanOrEqual(
        3,
      ),
    );
    expect(Buffer.from((await elsewhere.reader.getDocument("policy", "abc")) ?? []).toString()).toBe(
      "policy",
    );
  });

  test("gathers several folders; a watcher at the centre sees each entry once", async () => {
    await using first = testFolder();
    await using second = testFolder();
    await using third = testFolder();
    const ledgers = await Promise.all([first, second, third].map((folder) => open(folder, "many", "centre")));
    const seen = new Map<string, number>();
    const watching = (async () => {
      const query = { cursor: "", startTime: timestampFromMs(1), filter: undefined };
      for await (const { event } of (ledgers[0] as Ledger).reader.watchEntries(query, everyone, signal)) {
        if (event.case !== "entry") continue;
        expect(Number(event.value.sequence)).toBe((seen.get(event.value.writerId) ?? 0) + 1);
        seen.set(event.value.writerId, Number(event.value.sequence));
        if ([...seen.values()].reduce((sum, count) => sum + count, 0) === 303) return;
      }
    })();
    for (let index = 0; index < 100; index += 1) {
      await Promise.all(ledgers.map((ledger, place) => ledger.append(decided({ id: `m${place}-${index}` }))));
    }
    await watching;
    expect([...seen.values()]).toEqual([101, 101, 101]);
    const { breaks, summary } = await verification(ledgers[1] as Ledger);
    expect(breaks).toEqual([]);
    expect(summary?.writerCount).toBe(3);
  });

  test("lags while PostgreSQL is away, serves on, and loses nothing", async () => {
    await using folder = testFolder();
    const ledger = await open(folder, "away", "centre");
    await ledger.append(decided({ id: "before" }));
    await caughtUp([ledger]);
    await server.stop();
    for (let index = 0; index < 500; index += 1) void ledger.append(decided({ id: `a${index}` }));
    await ledger.append(finished({ id: "before" }));
    expect(ledger.state().status).toBe("ok");
    await vi.waitFor(() => expect(ledger.state().forward).toMatchObject({ status: "away", lag: 501 }));
    await server.start();
    await vi.waitFor(() => expect(ledger.state().forward).toMatchObject({ status: "ok", lag: 0 }), 240_000);
    const { breaks, summary } = await verification(ledger);
    expect(breaks).toEqual([]);
    expect(summary?.entryCount).toBe("503");
    const record = await ledger.reader.getRecord("before", everyone, signal);
    expect(record?.state).toBe(CompletionState.COMPLETED);
  });
});
