import { toJsonString } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { AuditService, WatchEntriesResponseSchema } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import type { CallFailure } from "../support/clients.ts";
import {
  as,
  ask,
  type GovernedService,
  keyConfig,
  type RecordingProvider,
  startService,
  targetAt,
} from "./service.ts";

// What budgets and limits do while the service is reloaded, restarted and watched.

const { route } = RouteService.method;
const PLAIN = "name: plain\nrules: []\n";
const keys = [keyConfig("acme", "acme"), keyConfig("globex", "globex")];

/** A request costs 60 micros, and about 1,300 at worst. */
const config = (more: object) => (provider: RecordingProvider) => ({
  targets: [targetAt(provider, "one")],
  keys,
  ...more,
});
const budget = (micros: number, more: object = {}) =>
  config({ budgets: [{ id: "b", scope: "tenant", dollars: micros / 1e6, period: "total", ...more }] });

async function outcome(
  service: GovernedService,
  text: string,
  key = "acme",
  requestId = "",
): Promise<string> {
  return service.grpc.unary(route, { requestId, input: ask(text) }, as(key)).then(
    () => "answered",
    (error: CallFailure) => error.reason,
  );
}

async function untilRefused(service: GovernedService, most: number): Promise<number> {
  for (let count = 0; count < most; count++)
    if ((await outcome(service, `question ${count}`)) !== "answered") return count;
  return most;
}

it("a reload changes what a budget allows at once, and forgets nothing that was spent", async () => {
  await using service = await startService(PLAIN, budget(6_000));
  const first = await untilRefused(service, 100);
  expect(first).toBeGreaterThan(10);
  await service.reload(budget(9_000));
  const second = await untilRefused(service, 150);
  expect(second).toBeGreaterThan(10);
  expect((first + second) * 60, "both together stay within the raised budget").toBeLessThanOrEqual(9_000);
  // A smaller one than what is spent already refuses all, and a larger one lets through again.
  await service.reload(budget(3_000));
  expect(await outcome(service, "too much")).toBe("BUDGET_EXHAUSTED");
  await service.reload(config({}));
  expect(await outcome(service, "no budget at all")).toBe("answered");
  await service.reload(budget(9_000));
  expect(await untilRefused(service, 100), "what was spent is still known").toBeLessThanOrEqual(2);
});

it("a reload lowers and raises a rate limit, adds one, and a wrong one changes nothing", async () => {
  const limit = (requests: number) =>
    config({ limits: [{ id: "r", scope: "tenant", requests, per: "day" }] });
  await using service = await startService(PLAIN, config({}));
  expect(await outcome(service, "free")).toBe("answered");
  await service.reload(limit(2));
  expect(await untilRefused(service, 10)).toBe(2);
  await service.reload(limit(5));
  expect(await untilRefused(service, 10)).toBe(3);
  await expect(
    service.reload(config({ limits: [{ id: "r", scope: "planet", requests: 1 }] })),
  ).rejects.toThrow();
  expect(await outcome(service, "still refused")).toBe("RATE_LIMITED");
  expect(await outcome(service, "another tenant has its own", "globex")).toBe("answered");
});

it("a passed threshold is a line of the log, a metric, and a notice in the tenant's ledger: once", async () => {
  await using service = await startService(PLAIN, budget(20_000, { soft: [0.01, 0.5] }));
  for (let index = 0; index < 8; index++) expect(await outcome(service, `q ${index}`)).toBe("answered");
  await expect.poll(() => service.logText()).toContain("budget threshold passed");
  await expect.poll(() => noticesOf(service, "acme")).toHaveLength(1);
  const [notice] = await noticesOf(service, "acme");
  expect(notice).toContain("KIND_BUDGET_THRESHOLD");
  expect(JSON.parse(notice ?? "").entry.notice.details).toMatchObject({
    budget: "b",
    scope: "tenant:acme",
    share: "0.01",
    budget_micros: "20000",
  });
  expect(await noticesOf(service, "globex"), "it is nobody else's business").toEqual([]);
  const metrics = await (await fetch(`http://${service.app.httpAddress}/metrics`)).text();
  expect(metrics).toContain('pointsman_budget_thresholds_total{budget="b",share="0.01"} 1');
  expect(service.logText().match(/budget threshold passed/g)).toHaveLength(1);
});

it("a request id that is sent again after a restart is answered from the record and not charged twice", async () => {
  // Enough for one request's worst case and not for two of them.
  await using service = await startService("name: kept\nrules: [{ id: all, log: full }]\n", budget(2_000));
  const input = ask("say it once");
  const first = await service.grpc.unary(route, { requestId: "r-1", input }, as("acme"));
  await service.restart();
  for (let index = 0; index < 20; index++) {
    const again = await service.grpc.unary(route, { requestId: "r-1", input }, as("acme"));
    expect(again.decision?.id).toBe(first.decision?.id);
  }
  expect(service.provider.seen).toHaveLength(1);
  // 20 charges of 60 micros would leave too little for another request.
  expect(await outcome(service, "something else")).toBe("answered");
});

it("what shadow calls may cost in a day is not more after a restart", async () => {
  const policy = `
name: shadow
rules:
  - { id: all, only: { targets: [one] }, shadow: { target: other, share: 1, max_dollars_per_day: 0.003 } }
`;
  await using service = await startService(policy, (provider) => ({
    targets: [targetAt(provider, "one"), targetAt(provider, "other")],
    keys,
  }));
  service.provider.answer = ({ model }) => ({ outputTokens: model === "other" ? 80 : 5 });
  const shadows = (): number => service.provider.seen.filter(({ model }) => model === "other").length;
  // 810 micros each, and 1,200 or so at worst: two or three of them fit, however often the process starts.
  const day = new Date().toISOString().slice(0, 10);
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 5; index++) {
      await outcome(service, `question ${round} ${index}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await service.restart();
  }
  // At midnight, UTC, a new budget begins.
  const days = day === new Date().toISOString().slice(0, 10) ? 1 : 2;
  await expect.poll(shadows).toBeGreaterThanOrEqual(1);
  expect(shadows() * 810).toBeLessThanOrEqual(3_000 * days);
});

async function noticesOf(service: GovernedService, tenant: string): Promise<string[]> {
  const stop = new AbortController();
  const notices: string[] = [];
  const request = { startTime: timestampFromMs(0) };
  for await (const response of service.grpc.stream(AuditService.method.watchEntries, request, {
    ...as(tenant),
    signal: stop.signal,
  })) {
    if (response.event.case === "checkpoint") break;
    const text = toJsonString(WatchEntriesResponseSchema, response);
    if (text.includes("KIND_BUDGET")) notices.push(text);
  }
  stop.abort();
  return notices;
}
