import { expect, it } from "vitest";
import { AuditService, SummaryDimension } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { as, ask, keyConfig, startService, targetAt } from "./service.ts";

const { route, reportOutcome } = RouteService.method;
const keys = [keyConfig("acme", "acme")];

it("an experiment splits by its key, the same every time, and is summed up by arm with intervals", async () => {
  const policy = `
name: experiment
rules:
  - id: split
    experiment:
      id: which-is-better
      key: labels.account
      arms:
        - { name: control, weight: 3, only: { targets: [one] } }
        - { name: trial, weight: 1, only: { targets: [two] } }
`;
  await using service = await startService(policy, (provider) => ({
    targets: [targetAt(provider, "one"), targetAt(provider, "two")],
    keys,
    ledger: { durability: "os" },
  }));
  const armOf = new Map<string, string>();
  const perArm: Record<string, number> = { control: 0, trial: 0 };
  for (let index = 0; index < 160; index++) {
    const account = `account-${index % 80}`;
    const { decision, completion } = await service.grpc.unary(
      route,
      { input: ask(`question ${index}`, { labels: { account } }) },
      as("acme"),
    );
    const { arm = "", experimentId } = decision?.plan?.experiment ?? {};
    expect(experimentId).toBe("which-is-better");
    expect(completion?.targetId).toBe(arm === "control" ? "one" : "two");
    expect(armOf.get(account) ?? arm, "the same account has the same arm").toBe(arm);
    armOf.set(account, arm);
    perArm[arm] = (perArm[arm] ?? 0) + 1;
    if (index < 40) {
      const success = arm === "trial" || index % 2 === 0;
      await service.grpc.unary(reportOutcome, { decisionId: decision?.id ?? "", success }, as("acme"));
    }
  }
  // Three to one, in 80 accounts: further off than this, once in a thousand splits; but the split is always the same.
  expect(perArm.control! / 160).toBeGreaterThan(0.59);
  expect(perArm.control! / 160).toBeLessThan(0.91);
  const { groups } = await service.grpc.unary(
    AuditService.method.summarizeRecords,
    { groupBy: [SummaryDimension.EXPERIMENT_ARM], filter: { experimentId: "which-is-better" } },
    as("acme"),
  );
  const counts = Object.fromEntries(
    groups.map(({ group, recordCount }) => [group[0]?.split(/[/:]/).at(-1), recordCount]),
  );
  expect(counts).toEqual(perArm);
  for (const { outcomeCount, successRate, successRateLower, successRateUpper } of groups) {
    expect(outcomeCount).toBeGreaterThan(0);
    expect(successRateLower).toBeLessThanOrEqual(successRate as number);
    expect(successRateUpper).toBeGreaterThanOrEqual(successRate as number);
    expect((successRateUpper as number) - (successRateLower as number)).toBeGreaterThan(0);
  }
});

it("a shadow is asked after the answer, is recorded, and is given to nobody", async () => {
  await using service = await startService(shadowPolicy(1), (provider) => ({
    targets: [targetAt(provider, "one"), targetAt(provider, "other")],
    keys,
  }));
  const held = Promise.withResolvers<void>();
  service.provider.answer = ({ model }) => ({
    text: `said by ${model}`,
    ...(model === "other" && { after: held.promise }),
  });
  const { decision, completion } = await service.grpc.unary(route, { input: ask("hello") }, as("acme"));
  expect(completion?.targetId).toBe("one");
  expect(JSON.stringify(completion?.parts)).not.toContain("said by other");
  const record = async () => {
    const request = { decisionId: decision?.id ?? "" };
    return (await service.grpc.unary(AuditService.method.getRecord, request, as("acme"))).record;
  };
  expect(
    (await record())?.attempts.some(({ shadow }) => shadow),
    "not yet",
  ).toBe(false);
  held.resolve();
  await expect.poll(async () => (await record())?.attempts.length).toBe(2);
  const whole = await record();
  const shadow = whole?.attempts.find((attempt) => attempt.shadow);
  expect([shadow?.targetId, shadow?.costMicros]).toEqual(["other", 60]);
  expect(whole?.completion?.costMicros, "the caller does not pay for it").toBe(60);
  expect(service.provider.seen.map(({ model }) => model)).toEqual(["one", "other"]);
});

it("shadows never cost more than their own budget of the day, however many are under way", async () => {
  // Each costs 60 micros, and 1,300 at worst.
  const most = 4_000;
  await using service = await startService(shadowPolicy(most / 1e6), (provider) => ({
    targets: [
      targetAt(provider, "one", { max_concurrency: 1_000 }),
      targetAt(provider, "other", { max_output_tokens: 100 }),
    ],
    keys,
    ledger: { durability: "os" },
  }));
  service.provider.answer = ({ model }) =>
    model === "other" ? { delayMs: 20, outputTokens: 100 } : { outputTokens: 5 };
  const shadows = (): number => service.provider.seen.filter(({ model }) => model === "other").length;
  const today = (): string => new Date().toISOString().slice(0, 10);
  const day = today();
  await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      service.grpc.unary(route, { input: ask(`question ${index}`) }, as("acme")),
    ),
  );
  await expect.poll(shadows).toBeGreaterThanOrEqual(2);
  for (let index = 0; index < 10; index++) {
    await service.grpc.unary(route, { input: ask(`later ${index}`) }, as("acme"));
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  // 10 * 1 + 100 * 10 micros a call.
  // At midnight, UTC, a new budget begins.
  expect(shadows() * 1_010).toBeLessThanOrEqual(most * (day === today() ? 1 : 2));
});

function shadowPolicy(dollars: number): string {
  return `
name: shadow
rules:
  - id: all
    only: { targets: [one] }
    shadow: { target: other, share: 1, max_dollars_per_day: ${dollars} }
`;
}
