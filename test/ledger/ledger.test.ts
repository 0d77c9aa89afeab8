import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { SummaryDimension } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import { RouteInputSchema, Task } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { decided, finished, outcome, timedOut } from "./entries.ts";
import { testFolder } from "./open.ts";
import { collect, verification } from "./read.ts";

const everyone = { tenants: "all" } as const;
const { signal } = new AbortController();

test("folds what was appended into a record, with its contents", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const input = toBinary(
    RouteInputSchema,
    create(RouteInputSchema, { conversationId: "c", labels: { a: "1" } }),
  );
  const answer = create(CompletionSchema, { parts: [{ content: { case: "text", value: "hello" } }] });
  const one = { id: "d1", content: { id: "in1", bytes: input, subject: "ann" } };
  const two = {
    id: "d1",
    content: { id: "out1", bytes: toBinary(CompletionSchema, answer), subject: "ann" },
  };
  await Promise.all(
    [decided(one), timedOut(one), finished(two), outcome("d1", "tests", true)].map(ledger.append),
  );

  const record = await ledger.reader.getRecord("d1", { tenants: ["acme"] }, signal);
  expect(record?.state).toBe(CompletionState.COMPLETED);
  expect(record?.attempts).toHaveLength(1);
  expect(record?.outcomes.map(({ reporter }) => reporter)).toEqual(["tests"]);
  expect(record?.input?.conversationId).toBe("c");
  expect(record?.completion?.parts[0]?.content.value).toBe("hello");
  expect(record?.entries.map(({ sequence }) => sequence)).toEqual([2n, 3n, 4n, 5n]);
  expect(await ledger.reader.getRecord("d1", { tenants: ["other"] }, signal)).toBeUndefined();
  expect(await ledger.reader.getRecord("d1", { tenants: [] }, signal)).toBeUndefined();
});

test("pages through records, newest first, and refuses the tokens of others", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const ids = Array.from({ length: 25 }, (_, index) => `d${String(index).padStart(2, "0")}`);
  await Promise.all(ids.map((id, index) => ledger.append(decided({ id, time: 1_000 + (index >> 1) }))));
  await ledger.append(decided({ id: "foreign", tenant: "other" }));
  const scope = { tenants: ["acme"] };
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await ledger.reader.listRecords(
      { filter: undefined, pageSize: 10, pageToken },
      scope,
      signal,
    );
    seen.push(...page.records.map(({ decisionId }) => decisionId));
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
    const stolen = ledger.reader.listRecords(
      { filter: undefined, pageSize: 10, pageToken },
      everyone,
      signal,
    );
    await expect(stolen).rejects.toMatchObject({ kind: "invalid_cursor" });
  } while (pageToken !== "");
  expect(seen).toEqual(ids.reverse());
});

test("filters by everything that a filter names", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const one = {
    id: "d1",
    app: "web",
    task: Task.TRANSLATION,
    requestId: "r1",
    rules: ["cheap", "eu"],
    time: 1_000,
  };
  const two = { id: "d2", app: "batch", task: Task.CHAT, rules: ["eu"], time: 2_000 };
  await Promise.all([decided(one), finished(one), decided(two)].map(ledger.append));
  const list = async (filter: Parameters<typeof create<typeof RecordFilterSchema>>[1]): Promise<string[]> => {
    const query = { filter: create(RecordFilterSchema, filter), pageSize: 0, pageToken: "" };
    const { records } = await ledger.reader.listRecords(query, everyone, signal);
    return records.map(({ decisionId }) => decisionId);
  };
  expect(await list({ apps: ["web"] })).toEqual(["d1"]);
  expect(await list({ tasks: [Task.CHAT] })).toEqual(["d2"]);
  expect(await list({ ruleIds: ["cheap", "none"] })).toEqual(["d1"]);
  expect(await list({ ruleIds: ["eu"] })).toEqual(["d2", "d1"]);
  expect(await list({ states: [CompletionState.IN_PROGRESS] })).toEqual(["d2"]);
  expect(await list({ targetIds: ["small"] })).toEqual(["d1"]);
  expect(await list({ requestId: "r1" })).toEqual(["d1"]);
  expect(await list({ startTime: timestampFromMs(1_500) })).toEqual(["d2"]);
  expect(await list({ endTime: timestampFromMs(1_500) })).toEqual(["d1"]);
  expect(await list({ tenants: ["other"] })).toEqual([]);
});

test("finds the last decision of a request id, in its tenant only", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  await ledger.append(decided({ id: "d1", requestId: "r" }));
  await ledger.append(decided({ id: "d2", requestId: "r" }));
  expect((await ledger.reader.findRequest("acme", "r", signal))?.decisionId).toBe("d2");
  expect(await ledger.reader.findRequest("other", "r", signal)).toBeUndefined();
});

test("sums up by group: rates with intervals, cost per success, percentiles that occurred", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  for (let index = 1; index <= 20; index += 1) {
    const request = { id: `d${index}`, targetId: index <= 15 ? "small" : "big", latencyMs: index * 10 };
    const entries = [decided(request), finished(request), outcome(request.id, "a", index % 5 !== 0)];
    await Promise.all(entries.map(ledger.append));
  }
  await ledger.append(timedOut({ id: "d1" }));
  await ledger.append(outcome("d2", "b", false));
  const { groups } = await ledger.reader.summarizeRecords(
    { filter: undefined, groupBy: [SummaryDimension.TARGET] },
    everyone,
    signal,
  );
  expect(groups.map(({ group }) => group)).toEqual([["small"], ["big"]]);
  const small = groups[0];
  expect(small).toMatchObject({ recordCount: 15, outcomeCount: 15, successCount: 11, costMicros: "150" });
  expect(small?.costMicrosPerSuccess).toBeCloseTo(150 / 11);
  expect(small?.successRateLower).toBeLessThan(11 / 15);
  expect(small?.failures).toEqual({ TIMEOUT: 1 });
  expect(small?.latencyP50?.nanos).toBe(80_000_000);
  expect(small?.latencyP95?.nanos).toBe(150_000_000);
  expect(small?.states.map(({ count }) => count)).toEqual([15]);
});

test("gives decisions back as the very bytes that were stored, newest first", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const entries = [decided({ id: "d1", time: 1 }), decided({ id: "d2", time: 2 })];
  await Promise.all([...entries, finished({ id: "d1" })].map(ledger.append));
  const stored = await collect(ledger.reader.readDecisions(undefined, 10, everyone, signal));
  expect(stored.map(({ decision }) => decision.id)).toEqual(["d2", "d1"]);
  expect(stored[1]?.completion?.state).toBe(CompletionState.COMPLETED);
  const event = entries[0]?.event;
  const original = event?.case === "decided" ? event.value.decision : undefined;
  if (!original) throw new Error("the fixture has no decision");
  expect(Buffer.from(stored[1]?.decisionBytes ?? [])).toEqual(
    Buffer.from(toBinary(DecisionSchema, original)),
  );
});

test("keeps documents by revision", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  await ledger.putDocument("policy", "abc", Buffer.from("one"));
  await ledger.putDocument("policy", "abc", Buffer.from("one"));
  expect(Buffer.from((await ledger.reader.getDocument("policy", "abc")) ?? []).toString()).toBe("one");
  expect(await ledger.reader.getDocument("config", "abc")).toBeUndefined();
});

test("goes on with its chain after a restart, and closes what a crash left open", async () => {
  await using folder = testFolder();
  const first = await folder.open();
  await Promise.all([decided({ id: "d1" }), timedOut({ id: "d1", costMicros: 9 })].map(first.append));
  const { writerId } = first.state();
  await first.close();
  const second = await folder.open();
  expect(second.state().writerId).toBe(writerId);
  const record = await second.reader.getRecord("d1", everyone, signal);
  expect(record?.state).toBe(CompletionState.INTERRUPTED);
  expect(record?.completion?.costMicros).toBe(9);
  expect((await verification(second)).summary).toMatchObject({ brokenCount: 0, writerCount: 1 });
});

test("lets several processes write one folder, each its own chain", async () => {
  await using folder = testFolder();
  const ledgers = await Promise.all([folder.open(), folder.open(), folder.open()]);
  const work = ledgers.flatMap((ledger, place) =>
    Array.from({ length: 200 }, (_, index) => ledger.append(decided({ id: `d${place}-${index}` }))),
  );
  await Promise.all(work);
  const [reader] = ledgers as [Ledger, ...Ledger[]];
  const { summary, breaks } = await verification(reader);
  expect(breaks).toEqual([]);
  expect(summary).toMatchObject({ writerCount: 3, entryCount: "603" });
});

test("refuses entries over its bound instead of growing", async () => {
  await using folder = testFolder();
  const ledger = await folder.open({ max_pending: 16 });
  const results = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => ledger.append(decided({ id: `d${index}` }))),
  );
  const refused = results.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(24);
  expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({ kind: "overloaded" });
});

test("erases a subject without breaking the chain, and leaves no byte of it in the files", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const secret = "Ann's own words 7f3a";
  const turn = { parts: [{ content: { case: "text" as const, value: secret } }] };
  const bytes = toBinary(RouteInputSchema, create(RouteInputSchema, { turns: [turn] }));
  await ledger.append(decided({ id: "d1", content: { id: "c1", bytes, subject: "ann" } }));
  expect((await ledger.reader.getRecord("d1", everyone, signal))?.input).toBeDefined();
  expect(await ledger.upkeep.eraseSubject("other", "ann")).toBe(0);
  expect(await ledger.upkeep.eraseSubject("acme", "ann")).toBe(1);
  expect((await ledger.reader.getRecord("d1", everyone, signal))?.input).toBeUndefined();
  expect((await verification(ledger)).breaks).toEqual([]);
  await ledger.close();
  const { readFileSync, readdirSync, statSync } = await import("node:fs");
  for (const name of readdirSync(join(folder.path, "ledger"))) {
    const file = join(folder.path, "ledger", name);
    if (statSync(file).isFile()) expect(readFileSync(file).includes(secret)).toBe(false);
  }
});

test("encrypts contents, and moves them to a new key", async () => {
  await using folder = testFolder();
  const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte).toString("base64") });
  const bytes = toBinary(RouteInputSchema, create(RouteInputSchema, { conversationId: "plain words" }));
  const first = await folder.open({ encryption: { keys: [key("old", 1)] } });
  await first.append(decided({ id: "d1", content: { id: "c1", bytes } }));
  await first.close();
  const database = new DatabaseSync(join(folder.path, "ledger", "ledger.db"), { readOnly: true });
  const stored = database.prepare("SELECT bytes FROM contents").get()?.bytes as Uint8Array;
  database.close();
  expect(Buffer.from(stored).includes("plain words")).toBe(false);

  const second = await folder.open({ encryption: { keys: [key("new", 2), key("old", 1)] } });
  expect(await second.upkeep.reencrypt()).toBe(1);
  await second.close();
  const third = await folder.open({ encryption: { keys: [key("new", 2)] } });
  expect((await third.reader.getRecord("d1", everyone, signal))?.input?.conversationId).toBe("plain words");
  await third.close();
  const fourth = await folder.open({ encryption: { keys: [key("old", 1)] } });
  await expect(fourth.reader.getRecord("d1", everyone, signal)).rejects.toMatchObject({
    kind: "key_missing",
  });
});
