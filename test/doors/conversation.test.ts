import { setTimeout as sleep } from "node:timers/promises";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import type { Record as LedgerRecord } from "#gen/pointsman/v1/record_pb.ts";
import { ListTargetsResponseSchema, RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { type StreamRouteResponse, StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { CallFailure, type DoorClient } from "../support/clients.ts";
import { inputOf, startTestService, type TestService } from "../support/service.ts";

const { route, explain, listTargets } = RouteService.method;
const { streamRoute } = StreamService.method;
const { getRecord, replayRecords, verifyLedger } = AuditService.method;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service[Symbol.asyncDispose]());

describe.each([0, 1])("a caller who does not stay (door %i)", (door) => {
  const client = (): DoorClient => service.clients[door] as DoorClient;

  it("cancels the provider's work, and the record says what was used", async () => {
    service.play({ texts: ["The first words of a long answer, "], hang: true });
    const leaving = new AbortController();
    let decisionId = "";
    const failure = await failureOf(async () => {
      for await (const { event } of client().stream(
        streamRoute,
        { input: inputOf("Tell me.") },
        { signal: leaving.signal },
      )) {
        if (event.case === "decided") decisionId = event.value.decision?.id ?? "";
        if (event.case === "textDelta") leaving.abort();
      }
    });
    expect(failure.code).toBe("CANCELLED");
    const record = await recordOf(client(), decisionId);
    expect(record.completion?.state).toBe(CompletionState.CANCELLED);
    expect(record.attempts.map(({ state }) => state)).toEqual([AttemptState.CANCELLED]);
    expect(record.completion?.usage?.outputTokens).toBeGreaterThan(0);
    expect(record.completion?.usage?.estimated).toBe(true);
    await until(() => service.provider.abandoned === 1);
  });

  it("is answered by its deadline, which the record holds", async () => {
    service.play({ hang: true });
    const input = inputOf(`A question with little time at door ${door}.`);
    const failure = await failureOf(() => client().unary(route, { input }, { timeoutMs: 3_000 }));
    expect(failure.code).toBe("DEADLINE_EXCEEDED");
    await until(() => service.provider.abandoned === 1);
    const { records } = await client().unary(AuditService.method.listRecords, { pageSize: 1 });
    const record = await recordOf(client(), records[0]?.decision?.id ?? "");
    expect(record.completion?.state).toBe(CompletionState.FAILED);
    expect(record.completion?.errorReason).toMatch(/DEADLINE$/);
  });

  it("is given an end in band where the deadline passes in the middle of a stream", async () => {
    service.play({ texts: ["Some words, "], hang: true });
    const events: StreamRouteResponse[] = [];
    await client()
      .unary(listTargets, {})
      .then(async () => {
        const hints = { ...inputOf("x").hints, maxLatency: { seconds: 5n } };
        for await (const event of client().stream(
          streamRoute,
          { input: { ...inputOf("Tell me."), hints } },
          { timeoutMs: 3_000 },
        ))
          events.push(event);
      })
      .catch((error: unknown) => expect((error as CallFailure).code).toBe("DEADLINE_EXCEEDED"));
    expect(events[0]?.event.case).toBe("decided");
    const terminal = events.filter(({ event }) => event.case === "finished");
    expect(terminal.length).toBeLessThanOrEqual(1);
  });
});

describe("a repeat with the same request_id", () => {
  it("is answered from the record and never calls twice, through either door", async () => {
    service.play({ texts: ["Only once."] });
    const request = { requestId: "repeat-1", input: inputOf("Say it once.") };
    const answers = [];
    for (const client of [...service.clients, ...service.clients])
      answers.push(await client.unary(route, request));
    expect(new Set(answers.map(({ decision }) => decision?.id)).size).toBe(1);
    expect(answers.every(({ completion }) => completion?.parts[0]?.content.value === "Only once.")).toBe(
      true,
    );
    expect(service.provider.bodies.length).toBe(1);
  });

  it("that comes while the first is under way waits for it", async () => {
    service.play({ texts: ["Slowly."], delay: { seconds: 0n, nanos: 300_000_000 } });
    const request = { requestId: "repeat-2", input: inputOf("Say it slowly.") };
    const answers = await Promise.all(
      [...service.clients, ...service.clients].map((client) => client.unary(route, request)),
    );
    expect(new Set(answers.map(({ decision }) => decision?.id)).size).toBe(1);
    expect(service.provider.bodies.length).toBe(1);
  });

  it("with another body is refused", async () => {
    service.play({ texts: ["One."] });
    const [first, second] = service.clients as [DoorClient, DoorClient];
    await first.unary(route, { requestId: "repeat-3", input: inputOf("One thing.") });
    const failure = await failureOf(() =>
      second.unary(route, { requestId: "repeat-3", input: inputOf("Another.") }),
    );
    expect(failure).toMatchObject({ code: "FAILED_PRECONDITION", reason: "REQUEST_ID_REUSED" });
  });

  it("of a request that failed is a new try", async () => {
    service.play({ httpStatus: 500 }, { texts: ["Now."] });
    const [client] = service.clients as [DoorClient];
    const request = { requestId: "repeat-4", input: inputOf("Try again.") };
    expect((await failureOf(() => client.unary(route, request))).reason).toBe("ATTEMPTS_EXHAUSTED");
    expect((await client.unary(route, request)).completion?.parts[0]?.content.value).toBe("Now.");
  });

  it("after a restart says that it was answered, or gives the answer where it is held; it does not call", async () => {
    service.play({ texts: ["Before."] });
    const request = { requestId: "repeat-5", input: inputOf("Before and after.") };
    const { decision } = (await service.clients[0]?.unary(route, request)) ?? {};
    await service.restart();
    service.play({ texts: ["After."] });
    const failure = await failureOf(() => service.clients[0]?.unary(route, request));
    expect(failure).toMatchObject({ code: "ALREADY_EXISTS", reason: "ALREADY_ANSWERED" });
    expect(failure.metadata.decision_id).toBe(decision?.id);
    const other = { ...request, input: inputOf("Something else.") };
    expect((await failureOf(() => service.clients[1]?.unary(route, other))).reason).toBe("REQUEST_ID_REUSED");
    service.folder.writePolicy("rules: [{ id: keep, log: { level: full } }]\n");
    await service.app.reload(service.folder.load());
    const kept = { requestId: "repeat-6", input: inputOf("Kept.") };
    const before = await service.clients[0]?.unary(route, kept);
    await service.restart();
    const after = await service.clients[1]?.unary(route, kept);
    expect(after?.decision?.id).toBe(before?.decision?.id);
    expect(after?.completion?.parts[0]?.content.value).toBe("After.");
    expect(service.provider.bodies.length).toBe(1);
  });
});

describe("what was recorded", () => {
  it("replays to the same decisions byte for byte, and the chain verifies", async () => {
    service.play({ texts: ["Fine."] });
    for (const text of ["Write a poem.", "Was ist 17 * 3?", "Fix: for(i=0;i<n;i++"]) {
      for (const client of service.clients)
        await client.unary(route, { input: { turns: inputOf(text).turns } });
    }
    for (const client of service.clients) {
      let same = -1;
      let count = -2;
      for await (const { event } of client.stream(replayRecords, { filter: {} })) {
        if (event.case === "difference") throw new Error(event.value.message);
        if (event.case === "summary") ({ sameCount: same, recordCount: count } = event.value);
      }
      expect(count).toBeGreaterThan(10);
      expect(same).toBe(count);
      const kinds: unknown[] = [];
      for await (const { event } of client.stream(verifyLedger, {})) kinds.push(event);
      expect(
        JSON.stringify(kinds, (_key, value) => (typeof value === "bigint" ? String(value) : value)),
      ).not.toContain('broken":{');
    }
  });

  it("is given to a watcher from the start, through both doors alike", async () => {
    const seen = [];
    for (const client of service.clients) {
      const leaving = new AbortController();
      const digests: string[] = [];
      for await (const { event } of client.stream(
        AuditService.method.watchEntries,
        { startTime: timestampFromMs(1) },
        { signal: leaving.signal },
      )) {
        if (event.case === "checkpoint") break;
        if (event.case === "entry") digests.push(Buffer.from(event.value.digest).toString("hex"));
      }
      leaving.abort();
      seen.push(digests);
    }
    expect(seen[0]?.length).toBeGreaterThan(20);
    expect(seen[1]).toEqual(seen[0]);
  });
});

describe("reads over GET", () => {
  it("answers methods without side effects, so that browsers and caches can ask", async () => {
    const base = `http://${service.app.httpAddress}/pointsman.v1.RouteService`;
    const ask = (method: string, message: JsonValue): Promise<Response> =>
      fetch(
        `${base}/${method}?connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify(message))}`,
      );
    const targets = await ask("ListTargets", {});
    expect(targets.status).toBe(200);
    const list = fromJson(ListTargetsResponseSchema, (await targets.json()) as JsonValue);
    expect(list.targets.map(({ target }) => target?.id)).toEqual(["scripted"]);
    const explained = await ask("Explain", {
      input: { turns: [{ role: "ROLE_USER", parts: [{ text: "Why?" }] }] },
    });
    expect(explained.status).toBe(200);
    expect((await explained.json()) as object).toHaveProperty("decision.candidates");
    expect((await ask("Route", { input: {} })).status).toBe(405);
  });

  it("explains without a call", async () => {
    service.play({ texts: ["never"] });
    for (const client of service.clients) {
      const { decision, sentences } = await client.unary(explain, { input: inputOf("Why that one?") });
      expect(decision?.candidates[0]?.targetId).toBe("scripted");
      expect(sentences.join(" ")).toContain("scripted");
    }
    expect(service.provider.bodies).toEqual([]);
  });
});

async function recordOf(client: DoorClient, decisionId: string): Promise<LedgerRecord> {
  for (const giveUp = performance.now() + 120_000; ; await sleep(20)) {
    const { record } = await client.unary(getRecord, { decisionId });
    if (record && record.completion?.state !== CompletionState.IN_PROGRESS && record.completion)
      return record;
    if (performance.now() > giveUp) throw new Error("the record is never finished");
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const giveUp = performance.now() + 120_000; !holds(); await sleep(20))
    if (performance.now() > giveUp) throw new Error("what should happen did not");
}

async function failureOf(act: () => Promise<unknown> | undefined): Promise<CallFailure> {
  try {
    await act();
  } catch (error) {
    if (error instanceof CallFailure) return error;
    throw error;
  }
  throw new Error("the call should have failed");
}
