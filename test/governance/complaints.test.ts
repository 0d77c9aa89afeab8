import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { PartSchema, Role, TurnSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
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

// What users of such services complain of, each tried on the whole service. Replicas that share no budget are tried in
// test/admission/replicas.test.ts, detectors that fail in src/privacy/protector.test.ts.

const { route } = RouteService.method;
const keys = [keyConfig("acme", "acme"), keyConfig("globex", "globex")];
const config = (provider: RecordingProvider) => ({ targets: [targetAt(provider, "one")], keys });

it("spend and records are lost: every answer, failure and broken stream has its record, and they add up to the bill", async () => {
  await using service = await startService("name: x\nrules: []\n", (provider) => ({
    ...config(provider),
    breaker: { volume_threshold: 10_000 },
    budgets: [{ id: "b", scope: "tenant", dollars: 1, period: "total" }],
  }));
  let bill = 0;
  service.provider.answer = ({ text }) => {
    if (text.includes("fails")) return { status: 400 };
    bill += 60;
    return {};
  };
  const decisions = new Set<string>();
  const send = async (index: number): Promise<void> => {
    const input = ask(index % 5 === 4 ? `this fails ${index}` : `this works ${index}`);
    if (index % 2 === 0) {
      await service.grpc.unary(route, { input }, as("acme")).then(
        ({ decision }) => decisions.add(decision?.id ?? ""),
        (error: CallFailure) => decisions.add(error.metadata.decision_id ?? ""),
      );
      return;
    }
    for await (const { event } of service.http.stream(
      StreamService.method.streamRoute,
      { input },
      as("acme"),
    ))
      if (event.case === "decided") decisions.add(event.value.decision?.id ?? "");
  };
  await Promise.all(Array.from({ length: 60 }, (_, index) => send(index)));
  expect(decisions.size).toBe(60);
  const records = [];
  for (let pageToken = ""; ; ) {
    const page = await service.grpc.unary(
      AuditService.method.listRecords,
      { pageSize: 25, pageToken },
      as("acme"),
    );
    records.push(...page.records);
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  expect(new Set(records.map(({ decision }) => decision?.id))).toEqual(decisions);
  expect(records.filter(({ completion }) => completion === undefined)).toEqual([]);
  const costs = records.map(({ completion }) => completion?.costMicros ?? 0);
  expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(bill);
  const states = records.map(({ completion }) => completion?.state);
  expect(states.filter((state) => state === CompletionState.COMPLETED)).toHaveLength(48);
});

it("the cache answers across tenants, system prompts and policies: it does not", async () => {
  const policy = (name: string) => `name: ${name}\nrules:\n  - { id: all, cache: { ttl: 1h } }\n`;
  await using service = await startService(policy("one"), config);
  const isHit = async (system: string, key = "acme"): Promise<boolean> => {
    const input = ask("What may I spend?");
    const part = create(PartSchema, { content: { case: "text", value: system } });
    input.turns.unshift(create(TurnSchema, { role: Role.SYSTEM, parts: [part] }));
    const { completion } = await service.grpc.unary(route, { input }, as(key));
    return completion?.cacheHit !== undefined;
  };
  expect(await isHit("You serve managers.")).toBe(false);
  await expect.poll(() => isHit("You serve managers.")).toBe(true);
  expect(await isHit("You serve trainees."), "another system prompt").toBe(false);
  expect(await isHit("You serve managers.", "globex"), "another tenant").toBe(false);
  await service.reload(config, policy("two"));
  expect(await isHit("You serve managers."), "another policy").toBe(false);
});

it("guardrails hold back the whole stream: what is restored comes while the provider still speaks", async () => {
  const policy = "name: x\nrules:\n  - { id: all, redact: [{ kinds: [all], action: tokenise }] }\n";
  await using service = await startService(policy, config);
  const mailbox = "ann.miller@example.org";
  service.provider.answer = ({ text }) => ({ text: `${text} `.repeat(20), hang: true });
  const whole = `Write to ${mailbox} today. `.repeat(20);
  const stop = new AbortController();
  let heard = "";
  for await (const { event } of service.grpc.stream(
    StreamService.method.streamRoute,
    { input: ask(`Write to ${mailbox} today.`) },
    { ...as("acme"), signal: stop.signal },
  )) {
    if (event.case === "textDelta") heard += event.value.text;
    // The provider never ends: all but the longest placeholder must have come by then.
    if (heard.length >= whole.length - 40) break;
  }
  stop.abort();
  expect(whole.startsWith(heard)).toBe(true);
  expect(service.provider.seen[0]?.body).not.toContain(mailbox);
});

it("rules fail silently: a policy with a mistake is refused whole, and the former one stays in force", async () => {
  const strict =
    "name: strict\nrules:\n  - { id: no, when: 'labels.team == \"red\"', deny: { message: not you } }\n";
  await using service = await startService(strict, config);
  const mistakes = [
    "name: x\nrules:\n  - { id: a, when: 'lables.team == \"red\"' }\n",
    "name: x\nrules:\n  - { id: a, only: { targets: [gpt-7] } }\n",
    "name: x\nrules:\n  - { id: a, redact: [{ kinds: [emails] }] }\n",
    "name: x\nrules:\n  - { id: a, denny: { message: typo } }\n",
  ];
  for (const mistake of mistakes) {
    await expect(service.reload(config, mistake), mistake).rejects.toThrow();
    expect(await reasonOf(service)).toBe("POLICY_DENIED");
  }
  await service.reload(config, "name: open\nrules: []\n");
  expect(await reasonOf(service)).toBe("answered");
});

async function reasonOf(service: GovernedService): Promise<string> {
  const input = ask("hello", { labels: { team: "red" } });
  return service.grpc.unary(route, { input }, as("acme")).then(
    () => "answered",
    (error: CallFailure) => error.reason,
  );
}
