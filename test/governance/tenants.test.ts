import { setTimeout as sleep } from "node:timers/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import { toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditService, SummaryDimension } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService, SimulatePolicyResponseSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { CallFailure, type DoorClient } from "../support/clients.ts";
import { as, ask, type GovernedService, keyConfig, startService, targetAt } from "./service.ts";

const POLICY = `
name: tenants
rules:
  - id: all
    log: full
    cache: { ttl: 1h }
`;

const { method: audit } = AuditService;
const { method: route } = RouteService;

let service: GovernedService;
const decisionOf: Record<string, string> = {};

beforeAll(async () => {
  service = await startService(POLICY, (provider) => ({
    targets: [targetAt(provider, "one")],
    keys: [
      keyConfig("acme", "acme"),
      keyConfig("globex", "globex"),
      keyConfig("plain", "acme", ["caller"]),
      keyConfig("eyes", "acme", ["auditor"]),
      keyConfig("hands", "acme", ["operator"]),
    ],
  }));
  service.provider.answer = ({ text }) => ({ text: `answer to: ${text}` });
  for (const tenant of ["acme", "globex"]) {
    for (let index = 0; index < 5; index++) {
      const response = await service.grpc.unary(
        route.route,
        { requestId: `${tenant}-${index}`, input: ask(`${tenant} private matter ${index}`) },
        as(tenant),
      );
      decisionOf[`${tenant}-${index}`] = response.decision?.id ?? "";
    }
  }
});
afterAll(() => service[Symbol.asyncDispose]());

const doors: readonly (readonly [string, () => DoorClient])[] = [
  ["gRPC", () => service.grpc],
  ["Connect JSON", () => service.http],
];

describe.each(doors)("across tenants, over %s", (_name, door) => {
  it("GetRecord gives the own record, and knows nothing of another's", async () => {
    const own = await door().unary(audit.getRecord, { decisionId: decisionOf["acme-0"]! }, as("acme"));
    expect(own.record?.decision?.facts?.caller?.tenant).toBe("acme");
    const foreign = await failureOf(
      door().unary(audit.getRecord, { decisionId: decisionOf["globex-0"]! }, as("acme")),
    );
    const absent = await failureOf(
      door().unary(audit.getRecord, { decisionId: "no-such-thing" }, as("acme")),
    );
    expect([foreign.code, foreign.reason]).toEqual(["NOT_FOUND", "RECORD_NOT_FOUND"]);
    expect(foreign.message).toBe(absent.message);
  });

  it("ListRecords gives the own ones only, whatever the filter asks for", async () => {
    for (const filter of [
      {},
      { tenants: ["globex"] },
      { tenants: ["acme", "globex"] },
      { requestId: "globex-1" },
    ]) {
      const { records } = await door().unary(audit.listRecords, { pageSize: 1_000, filter }, as("acme"));
      const tenants = new Set(records.map(({ decision }) => decision?.facts?.caller?.tenant));
      expect([...tenants].filter((tenant) => tenant !== "acme")).toEqual([]);
    }
    const { records } = await door().unary(audit.listRecords, { pageSize: 1_000 }, as("acme"));
    expect(records.length).toBeGreaterThanOrEqual(5);
  });

  it("a page token of one tenant is none for another", async () => {
    const page = await door().unary(audit.listRecords, { pageSize: 2 }, as("globex"));
    expect(page.nextPageToken).not.toBe("");
    const next = { pageSize: 2, pageToken: page.nextPageToken };
    expect((await door().unary(audit.listRecords, next, as("globex"))).records).toHaveLength(2);
    const failure = await failureOf(door().unary(audit.listRecords, next, as("acme")));
    expect([failure.code, failure.reason]).toEqual(["INVALID_ARGUMENT", "INVALID_CURSOR"]);
  });

  it("SummarizeRecords counts the own records only", async () => {
    const groupBy = [SummaryDimension.TENANT];
    for (const filter of [{}, { tenants: ["acme", "globex"] }]) {
      const { groups } = await door().unary(audit.summarizeRecords, { groupBy, filter }, as("acme"));
      expect(groups.map(({ group }) => group)).toEqual([["acme"]]);
    }
    const { groups } = await door().unary(
      audit.summarizeRecords,
      { groupBy, filter: { tenants: ["globex"] } },
      as("acme"),
    );
    expect(groups).toEqual([]);
  });

  it("WatchEntries shows the own entries only, and takes no cursor of another tenant", async () => {
    const startTime = timestampFromMs(0);
    const own = await takeUntilCheckpoint(door(), { startTime }, "globex");
    expect(own.texts.length).toBeGreaterThan(0);
    expect(own.texts.filter((text) => withoutDigests(text).includes("acme"))).toEqual([]);
    const asked = await takeUntilCheckpoint(door(), { startTime, filter: { tenants: ["acme"] } }, "globex");
    expect(asked.texts).toEqual([]);
    const failure = await failureOf(takeUntilCheckpoint(door(), { cursor: own.cursor }, "acme"));
    expect([failure.code, failure.reason]).toEqual(["INVALID_ARGUMENT", "INVALID_CURSOR"]);
  });

  it("ReplayRecords decides the own records only", async () => {
    const { records } = await door().unary(audit.listRecords, { pageSize: 1_000 }, as("acme"));
    expect(await replayed(door(), {})).toBe(records.length);
    expect(await replayed(door(), { filter: { tenants: ["globex"] } })).toBe(0);
  });

  it("VerifyLedger tells how many there are, and nothing of what they hold", async () => {
    const texts: string[] = [];
    for await (const response of door().stream(audit.verifyLedger, {}, as("acme"))) {
      texts.push(toJsonString(audit.verifyLedger.output, response));
      if (response.event.case === "summary") expect(response.event.value.brokenCount).toBe(0);
    }
    expect(texts.length).toBeGreaterThan(0);
    for (const text of texts) expect(withoutDigests(text)).not.toMatch(/acme|globex|private matter/);
    for (const id of Object.values(decisionOf)) expect(texts.join()).not.toContain(id);
  });

  it("ReportOutcome judges no answer of another tenant", async () => {
    const failure = await failureOf(
      door().unary(route.reportOutcome, { decisionId: decisionOf["globex-1"]!, success: false }, as("acme")),
    );
    expect([failure.code, failure.reason]).toEqual(["NOT_FOUND", "RECORD_NOT_FOUND"]);
    const { record } = await door().unary(
      audit.getRecord,
      { decisionId: decisionOf["globex-1"]! },
      as("globex"),
    );
    expect(record?.outcomes).toEqual([]);
  });

  it("a request_id of another tenant is free, and tells nothing", async () => {
    const requestId = `globex-${door().door === "gRPC" ? 2 : 3}`;
    const input = ask(`globex private matter ${requestId.at(-1)}`);
    const calls = service.provider.seen.length;
    const own = await door().unary(route.route, { requestId, input }, as("globex"));
    expect(own.decision?.id).toBe(decisionOf[requestId]);
    expect(service.provider.seen.length, "a repeat calls nobody").toBe(calls);
    // Under the other tenant, the very same id and body is a new request, and another body is no reuse.
    const other = await door().unary(route.route, { requestId, input }, as("acme"));
    expect(other.decision?.id).not.toBe(decisionOf[requestId]);
    expect(service.provider.seen.length).toBe(calls + 1);
    const reused = await failureOf(
      door().unary(route.route, { requestId, input: ask("something else") }, as("acme")),
    );
    expect(reused.reason).toBe("REQUEST_ID_REUSED");
    expect(reused.metadata.decision_id ?? "").not.toBe(decisionOf[requestId]);
  });

  it("the cache answers nobody but its tenant, whole or as a stream", async () => {
    const input = ask(`shared question over ${door().door}`);
    const first = await door().unary(route.route, { input }, as("globex"));
    expect(first.completion?.cacheHit).toBeUndefined();
    const answered = new Set([first.decision?.id]);
    // An answer is kept behind the caller's back: what comes too early is answered anew.
    const hitOf = async (): Promise<string | undefined> => {
      const { decision, completion } = await door().unary(route.route, { input }, as("globex"));
      if (!completion?.cacheHit) answered.add(decision?.id);
      return completion?.cacheHit?.decisionId;
    };
    await expect.poll(hitOf).toSatisfy((id: string | undefined) => id !== undefined && answered.has(id));
    const calls = service.provider.seen.length;
    let hit: unknown = "nothing finished";
    for await (const { event } of door().stream(StreamService.method.streamRoute, { input }, as("acme")))
      if (event.case === "finished") hit = event.value.completion?.cacheHit;
    expect(hit).toBeUndefined();
    expect(service.provider.seen.length).toBe(calls + 1);
  });

  it("SimulatePolicy decides what it was given, and shows nothing of the ledger", async () => {
    const request = {
      candidate: { case: "policyDocument" as const, value: POLICY },
      facts: [{ inputTokens: 5 }],
    };
    const response = await door().unary(route.simulatePolicy, request, as("acme"));
    expect(response.decisions[0]?.candidate?.facts?.caller?.tenant).toBe("acme");
    expect(toJsonString(SimulatePolicyResponseSchema, response)).not.toMatch(/globex|private matter/);
  });
});

describe("roles", () => {
  const input = ask("hello");
  const needs: readonly (readonly [DescMethod, object, readonly string[]])[] = [
    [route.route, { input }, ["plain"]],
    [route.explain, { input }, ["plain"]],
    [StreamService.method.streamRoute, { input }, ["plain"]],
    [route.reportOutcome, { decisionId: "x", success: true }, ["plain", "eyes"]],
    [route.simulatePolicy, {}, ["plain", "eyes", "hands"]],
    [route.listTargets, {}, ["plain", "eyes", "hands"]],
    [audit.getRecord, { decisionId: "x" }, ["eyes"]],
    [audit.listRecords, {}, ["eyes"]],
    [audit.summarizeRecords, {}, ["eyes"]],
    [audit.watchEntries, {}, ["eyes", "hands"]],
    [audit.replayRecords, {}, ["eyes"]],
    [audit.verifyLedger, {}, ["eyes", "hands"]],
  ];
  const cells = needs.flatMap(([method, request, allowed]) =>
    ["plain", "eyes", "hands"].map((key) => ({
      name: method.name,
      method,
      request,
      key,
      allowed: allowed.includes(key),
    })),
  );

  it("are asked for by every rpc that there is", () => {
    const all = [RouteService, StreamService, AuditService].flatMap(({ methods }) =>
      methods.map(({ name }) => name),
    );
    expect(needs.map(([{ name }]) => name).sort()).toEqual(all.sort());
  });

  it.each(cells)("$name with $key: allowed $allowed", async ({ method, request, key, allowed }) => {
    for (const [, door] of doors) {
      const stop = new AbortController();
      const settings = { ...as(key), signal: stop.signal };
      const call =
        method.methodKind === "unary"
          ? door().unary(method, request as never, settings)
          : firstOf(
              door().stream(method, request as never, settings),
              // Silence is an answer where somebody may watch; a refusal is waited for.
              allowed && method.name === "WatchEntries" ? 300 : 60_000,
            );
      const failure = await call.then(
        () => undefined,
        (error: unknown) => error as CallFailure,
      );
      stop.abort();
      if (allowed) expect(failure?.reason ?? "").not.toBe("ROLE_MISSING");
      else expect([failure?.code, failure?.reason]).toEqual(["PERMISSION_DENIED", "ROLE_MISSING"]);
    }
  });

  it("nobody without a key gets in, and a wrong key is refused without being repeated", async () => {
    for (const [, door] of doors) {
      const none = await failureOf(door().unary(route.route, { input }));
      expect([none.code, none.reason]).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
      const key = `pm_acme_${"wrong-".repeat(8)}`;
      const wrong = await failureOf(
        door().unary(route.route, { input }, { headers: { authorization: `Bearer ${key}` } }),
      );
      expect([wrong.code, wrong.reason]).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
      expect(wrong.message).not.toContain("wrong-");
    }
    expect(service.logText()).not.toContain("wrong-");
  });
});

async function failureOf(call: Promise<unknown>): Promise<CallFailure> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CallFailure)) throw new Error("the call was let through", { cause: error });
  return error;
}

/** Waits for one response, an end, an error, or so many milliseconds of silence, which are an answer too. */
async function firstOf(stream: AsyncGenerator<unknown>, milliseconds: number): Promise<void> {
  const next = stream.next().then(() => undefined);
  const silence = new AbortController();
  try {
    await Promise.race([next, sleep(milliseconds, undefined, { signal: silence.signal })]);
  } finally {
    silence.abort();
    next.catch(() => undefined);
  }
}

async function takeUntilCheckpoint(
  door: DoorClient,
  request: object,
  tenant: string,
): Promise<{ texts: string[]; cursor: string }> {
  const stop = new AbortController();
  const texts: string[] = [];
  let cursor = "";
  for await (const response of door.stream(audit.watchEntries, request, {
    ...as(tenant),
    signal: stop.signal,
  })) {
    cursor = response.cursor;
    if (response.event.case === "checkpoint") break;
    texts.push(toJsonString(audit.watchEntries.output, response));
  }
  stop.abort();
  return { texts, cursor };
}

/** Digests, signatures and cursors are noise, in which four letters that are looked for stand now and then. */
function withoutDigests(json: string): string {
  return json.replace(/"[\w+/=-]{40,}"/g, '""');
}

async function replayed(door: DoorClient, request: object): Promise<number> {
  let count = -1;
  for await (const { event } of door.stream(audit.replayRecords, request, as("acme"))) {
    if (event.case === "difference") expect(Object.values(decisionOf)).not.toContain(event.value.decisionId);
    if (event.case === "summary") count = event.value.recordCount;
  }
  return count;
}
