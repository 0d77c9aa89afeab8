import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, toJsonString } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { type Notice, Notice_Kind } from "#gen/pointsman/v1/entry_pb.ts";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { ScorecardSchema } from "#gen/pointsman/v1/scorecard_pb.ts";
import { createConfigFolder } from "../support/configuration.ts";
import { inputOf, startTestService, type TestService } from "../support/service.ts";

/** A scorecard by which the target is good at chatting, and much is known of it. */
const proven = toJsonString(
  ScorecardSchema,
  create(ScorecardSchema, {
    curves: [{ targetId: "scripted", task: Task.CHAT, intercept: 4, slope: 6, effectiveSampleCount: 200 }],
  }),
);

/** Collects the ledger's notices of one kind, those that are there and those that come, until it is disposed of. */
function collectNotices(
  service: TestService,
  kind: Notice_Kind,
): Disposable & { readonly notices: Notice[] } {
  const stop = new AbortController();
  const notices: Notice[] = [];
  const watch = async (): Promise<void> => {
    const request = { startTime: { seconds: 0n, nanos: 0 } };
    const entries = service.clients[0]!.stream(AuditService.method.watchEntries, request, {
      signal: stop.signal,
    });
    for await (const { event } of entries) {
      const body = event.case === "entry" ? event.value.event : undefined;
      if (body?.case === "notice" && body.value.kind === kind) notices.push(body.value);
    }
  };
  watch().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return { notices, [Symbol.dispose]: () => stop.abort() };
}

const PATIENCE = { timeout: 60_000 };

async function fail(service: TestService): Promise<void> {
  const [client] = service.clients;
  const { decision } = await client!.unary(RouteService.method.route, { input: inputOf("Hello") });
  await client!.unary(RouteService.method.reportOutcome, { decisionId: decision!.id, success: false });
}

test("outcomes that leave what was predicted are told once: in the ledger and as a metric", async () => {
  using elsewhere = createConfigFolder();
  const scorecard = join(elsewhere.path, "scorecard.json");
  writeFileSync(scorecard, proven);
  await using service = await startTestService({ config: { scorecard } });
  service.play({ texts: ["hello"] });
  const metrics = async (): Promise<string> =>
    (await fetch(`http://${service.app.httpAddress}/metrics`)).text();
  const told = 'pointsman_scorecard_drifts_total{target="scripted",task="chat",direction="worse"} 1';
  {
    using watch = collectNotices(service, Notice_Kind.DRIFT);
    let failures = 0;
    while (!(await metrics()).includes(told) && failures < 60) {
      await fail(service);
      failures++;
    }
    expect(failures).toBeGreaterThan(1);
    await vi.waitFor(() => expect(watch.notices).toHaveLength(1), PATIENCE);
    expect(watch.notices[0]?.details).toMatchObject({ target: "scripted", task: "chat", direction: "worse" });
    expect(watch.notices[0]?.message).toMatch(
      /^scripted has become worse at chat: 0 % of the last \d+ outcomes/,
    );
    for (let more = 0; more < 5; more++) await fail(service);
    expect(await metrics()).toContain(told);
  }

  // What is learned again at the start sets off no second notice.
  await service.restart();
  using watch = collectNotices(service, Notice_Kind.DRIFT);
  await vi.waitFor(async () => {
    const { targets } = await service.clients[0]!.unary(RouteService.method.listTargets, {});
    const chat = targets[0]?.successEstimates.find(({ task }) => task === Task.CHAT);
    expect(chat?.successProbability).toBeLessThan(0.6);
  }, PATIENCE);
  await vi.waitFor(() => expect(watch.notices).toHaveLength(1), PATIENCE);
  expect(await metrics()).not.toContain("pointsman_scorecard_drifts_total{");
});

test("a reload that changes the policy leaves a notice, and one that changes nothing leaves none", async () => {
  await using service = await startTestService();
  using watch = collectNotices(service, Notice_Kind.RELOADED);
  await service.app.reload(service.folder.load());
  for (const log of ["none", "redacted"]) {
    service.folder.writePolicy(`rules: [{ id: a, log: ${log} }]\n`);
    await service.app.reload(service.folder.load());
  }
  await vi.waitFor(() => expect(watch.notices).toHaveLength(2), PATIENCE);
  const revisions = watch.notices.map(({ details }) => details.policy_revision);
  expect(new Set(revisions).size).toBe(2);
});
