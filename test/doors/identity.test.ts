import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { CallFailure, type CallSettings } from "../support/clients.ts";
import { inputOf, startTestService, type TestService } from "../support/service.ts";

const keys = {
  acmeCaller: `pm_acme-caller_${"a1B2".repeat(10)}`,
  acmeAuditor: `pm_acme-auditor_${"c3D4".repeat(10)}`,
  otherAuditor: `pm_other-auditor_${"e5F6".repeat(10)}`,
  operator: `pm_ops_${"g7H8".repeat(10)}`,
  wrong: `pm_acme-caller_${"wR0n".repeat(10)}`,
};
const { route } = RouteService.method;
const { getRecord, listRecords, watchEntries } = AuditService.method;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    config: {
      identity: { anonymous: "never" },
      keys: [
        { id: "acme-caller", key: keys.acmeCaller, tenant: "acme", app: "chat", roles: ["caller"] },
        { id: "acme-auditor", key: keys.acmeAuditor, tenant: "acme", roles: ["auditor"] },
        { id: "ops", key: keys.operator, tenant: "acme", roles: ["operator"] },
        { id: "other-auditor", key: keys.otherAuditor, tenant: "other", roles: ["auditor", "caller"] },
      ],
      targets: [],
    },
    policy: 'rules: [{ id: quiet, refuse: { message: "Nothing to say." } }]\n',
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const withKey = (key: string): CallSettings => ({ headers: { authorization: `Bearer ${key}` } });

describe.each([0, 1])("who calls (door %i)", (door) => {
  const call = (settings: CallSettings): Promise<unknown> | undefined =>
    service.clients[door]?.unary(route, { input: inputOf("Hello?") }, settings);

  it("must be said", async () => {
    const failure = await failureOf(() => call({}));
    expect(failure).toMatchObject({ code: "UNAUTHENTICATED", reason: "UNAUTHENTICATED" });
    const streamed = await failureOf(async () => {
      for await (const _event of service.clients[door]?.stream(StreamService.method.streamRoute, {
        input: inputOf("x"),
      }) ?? []);
    });
    expect(streamed.code).toBe("UNAUTHENTICATED");
  });

  it.each([
    ["a wrong secret", { headers: { authorization: `Bearer ${keys.wrong}` } }],
    ["a key in the wrong scheme", { headers: { authorization: `Basic ${keys.acmeCaller}` } }],
    ["no key at all in the header", { headers: { authorization: "Bearer " } }],
    ["a made-up token", { headers: { authorization: "Bearer abc.def.ghi" } }],
    ["a wrong x-api-key", { headers: { "x-api-key": keys.wrong } }],
  ])("is not proved by %s, and the answer repeats nothing of it", async (_name, settings) => {
    const failure = await failureOf(() => call(settings));
    expect(failure).toMatchObject({ code: "UNAUTHENTICATED", reason: "UNAUTHENTICATED" });
    expect(JSON.stringify([failure.message, failure.metadata])).not.toContain("wR0n");
  });

  it("is proved by a key in either header", async () => {
    for (const settings of [withKey(keys.acmeCaller), { headers: { "x-api-key": keys.acmeCaller } }]) {
      const response = await service.clients[door]?.unary(route, { input: inputOf("Hello?") }, settings);
      expect(response?.decision?.facts?.caller).toMatchObject({
        tenant: "acme",
        app: "chat",
        keyId: "acme-caller",
      });
    }
  });

  it("needs the method's role", async () => {
    const failure = await failureOf(() =>
      service.clients[door]?.unary(listRecords, {}, withKey(keys.acmeCaller)),
    );
    expect(failure).toMatchObject({
      code: "PERMISSION_DENIED",
      reason: "ROLE_MISSING",
      metadata: { role: "auditor" },
    });
    expect((await failureOf(() => call(withKey(keys.acmeAuditor)))).reason).toBe("ROLE_MISSING");
  });

  it("sees its own tenant's records only", async () => {
    const client = service.clients[door];
    const response = await client?.unary(route, { input: inputOf("Hello?") }, withKey(keys.acmeCaller));
    const decisionId = response?.decision?.id ?? "";
    expect(
      (await client?.unary(getRecord, { decisionId }, withKey(keys.acmeAuditor)))?.record?.decision?.id,
    ).toBe(decisionId);
    const failure = await failureOf(() =>
      client?.unary(getRecord, { decisionId }, withKey(keys.otherAuditor)),
    );
    expect(failure).toMatchObject({ code: "NOT_FOUND", reason: "RECORD_NOT_FOUND" });
    expect((await client?.unary(listRecords, {}, withKey(keys.otherAuditor)))?.records).toEqual([]);
    const leaving = new AbortController();
    for await (const { event } of client?.stream(
      watchEntries,
      { startTime: { seconds: 1n } },
      { ...withKey(keys.otherAuditor), signal: leaving.signal },
    ) ?? []) {
      expect(event.case).toBe("checkpoint");
      break;
    }
    leaving.abort();
  });
});

it("an operator watches what concerns no single tenant, and nothing else", async () => {
  const [client] = service.clients;
  await client?.unary(route, { input: inputOf("Hello?") }, withKey(keys.acmeCaller));
  const leaving = new AbortController();
  const seen = new Set<string>();
  const settings = { ...withKey(keys.operator), signal: leaving.signal };
  for await (const { event } of client?.stream(watchEntries, { startTime: { seconds: 1n } }, settings) ??
    []) {
    if (event.case !== "entry") break;
    seen.add(event.value.event.case ?? "");
  }
  leaving.abort();
  expect([...seen]).toEqual(["notice"]);
  expect((await failureOf(() => client?.unary(listRecords, {}, withKey(keys.operator)))).reason).toBe(
    "ROLE_MISSING",
  );
});

it("the doors do not ask probes for a key", async () => {
  for (const path of ["/healthz", "/readyz", "/metrics"])
    expect((await fetch(`http://${service.app.httpAddress}${path}`)).status).toBe(200);
});

async function failureOf(act: () => Promise<unknown> | undefined): Promise<CallFailure> {
  try {
    await act();
  } catch (error) {
    if (error instanceof CallFailure) return error;
    throw error;
  }
  throw new Error("the call should have failed");
}
