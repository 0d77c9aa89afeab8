import { expect, it } from "vitest";
import { QuotaFailureSchema, RetryInfoSchema } from "#gen/google/rpc/error_details_pb.ts";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { CallFailure } from "../support/clients.ts";
import { as, ask, keyConfig, startService, targetAt } from "./service.ts";

const { route } = RouteService.method;
const PLAIN = "name: plain\nrules: []\n";
const keys = [keyConfig("acme", "acme")];

it("200 requests at once never spend more than the budget, and use nearly all of it", async () => {
  // A request costs 10 * 1 + 5 * 10 = 60 micros, and may cost up to about 1,000.
  const budgetMicros = 6_000;
  await using service = await startService(PLAIN, (provider) => ({
    targets: [targetAt(provider, "one", { max_concurrency: 1_000 })],
    keys,
    budgets: [{ id: "small", scope: "tenant", dollars: budgetMicros / 1e6, period: "total" }],
  }));
  let spent = 0;
  let most = 0;
  service.provider.answer = () => {
    spent += 60;
    most = Math.max(most, spent);
    return { delayMs: 5 };
  };
  const failures: CallFailure[] = [];
  const send = async (index: number): Promise<void> => {
    const door = index % 2 === 0 ? service.grpc : service.http;
    await door.unary(route, { input: ask(`question ${index}`) }, as("acme")).catch((error: unknown) => {
      if (!(error instanceof CallFailure)) throw error;
      failures.push(error);
    });
  };
  await Promise.all(Array.from({ length: 200 }, (_, index) => send(index)));
  expect(most).toBeLessThanOrEqual(budgetMicros);
  expect(failures.length).toBeGreaterThan(0);
  // What was held by requests under way came back: one by one, the rest can still be spent down to the worst case.
  for (let index = 0; index < 120 && spent <= budgetMicros - 1_200; index++) await send(index);
  expect(spent).toBeLessThanOrEqual(budgetMicros);
  expect(spent).toBeGreaterThanOrEqual(budgetMicros - 1_200);
  for (const failure of failures) {
    expect([failure.code, failure.reason]).toEqual(["RESOURCE_EXHAUSTED", "BUDGET_EXHAUSTED"]);
    expect(failure.detailTypes).toEqual(
      expect.arrayContaining([QuotaFailureSchema.typeName, RetryInfoSchema.typeName]),
    );
    expect(Number(failure.metadata.remaining_micros ?? failure.metadata.remaining)).toBeGreaterThanOrEqual(0);
  }
});

it("policy routes cheaper while little is left, instead of refusing", async () => {
  const policy = `
name: thrifty
rules:
  - id: little-left
    when: budget.remaining < 0.0165
    only: { targets: [cheap] }
  - id: rich
    prefer: { target: dear, weight: 1 }
`;
  await using service = await startService(policy, (provider) => ({
    targets: [
      targetAt(provider, "dear", { price: { input: 10, output: 30 } }),
      targetAt(provider, "cheap", { price: { input: 0.1, output: 0.1 } }),
    ],
    keys,
    budgets: [{ id: "b", scope: "tenant", dollars: 0.02, period: "total" }],
  }));
  // 2,000 micros each at the dear one.
  service.provider.answer = () => ({ inputTokens: 50, outputTokens: 50 });
  const targets: string[] = [];
  for (let index = 0; index < 8; index++) {
    const { completion } = await service.grpc.unary(route, { input: ask(`short ${index}`) }, as("acme"));
    targets.push(completion?.targetId ?? "");
  }
  expect(targets).toEqual(["dear", "dear", ...Array<string>(6).fill("cheap")]);
});

it("a stream that its caller leaves is settled to what was used, not to the worst case", async () => {
  await using service = await startService(PLAIN, (provider) => ({
    targets: [targetAt(provider, "one", { max_output_tokens: 5_000 })],
    keys,
    // The worst case of one request is about 50,000 micros: a second one fits only where the first is settled.
    budgets: [{ id: "b", scope: "tenant", dollars: 0.06, period: "total" }],
  }));
  service.provider.answer = ({ stream }) => ({
    text: "some words of an answer that has no end ",
    hang: stream,
  });
  for (let round = 0; round < 3; round++) {
    const left = new AbortController();
    let decisionId = "";
    for await (const { event } of service.grpc.stream(
      StreamService.method.streamRoute,
      { input: ask(`tell me ${round}`) },
      { ...as("acme"), signal: left.signal },
    )) {
      if (event.case === "decided") decisionId = event.value.decision?.id ?? "";
      if (event.case === "textDelta") break;
    }
    left.abort();
    await expect
      .poll(
        async () => {
          const { record } = await service.grpc.unary(
            AuditService.method.getRecord,
            { decisionId },
            as("acme"),
          );
          return record?.attempts[0]?.costMicros ?? 0;
        },
        { timeout: 5_000 },
      )
      .toBeGreaterThan(0);
  }
  const { completion } = await service.grpc.unary(route, { input: ask("once more") }, as("acme"));
  expect(completion?.targetId).toBe("one");
});

it("a rate limit answers RATE_LIMITED with when to come again, and spares other tenants", async () => {
  await using service = await startService(PLAIN, (provider) => ({
    targets: [targetAt(provider, "one")],
    keys: [...keys, keyConfig("globex", "globex")],
    limits: [{ id: "few", scope: "tenant", requests: 3, per: "hour" }],
  }));
  const outcomes: string[] = [];
  let last: CallFailure | undefined;
  for (let index = 0; index < 5; index++) {
    await service.http.unary(route, { input: ask(`q ${index}`) }, as("acme")).then(
      () => outcomes.push("answered"),
      (error: CallFailure) => {
        last = error;
        outcomes.push(error.reason);
      },
    );
  }
  expect(outcomes).toEqual(["answered", "answered", "answered", "RATE_LIMITED", "RATE_LIMITED"]);
  expect(last?.code).toBe("RESOURCE_EXHAUSTED");
  expect(last?.saysWhen).toBe(true);
  expect(service.provider.seen).toHaveLength(3);
  const { completion } = await service.http.unary(route, { input: ask("q") }, as("globex"));
  expect(completion?.targetId).toBe("one");
});
