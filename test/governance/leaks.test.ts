import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import {
  PartSchema,
  Role,
  type RouteInput,
  ToolCallSchema,
  ToolResultSchema,
  ToolSchema,
  TurnSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { CallFailure } from "../support/clients.ts";
import { createValueFinder } from "./find-values.ts";
import { recordSpans } from "./recorded-spans.ts";
import { findDataFolder, ownPrompts, readSeededPrompts, type SeededPrompt } from "./seeded-values.ts";
import { as, ask, type GovernedService, keyConfig, startService, targetAt } from "./service.ts";

const CONCURRENT = 16;
/** Who asks. Nobody but the token's issuer needs to know. */
const USER = "ruth.keller@example.org";
const dataFolder = findDataFolder();
const seeded = dataFolder ? readSeededPrompts(dataFolder) : [];

/** What a policy says, and what must then be nowhere. */
interface Setting {
  readonly log: "none" | "redacted" | "full";
  readonly action: "tokenise" | "redact" | "allow";
  /** What no record, file or cached answer may hold. */
  readonly hidden: "all" | "secrets";
}

const settings: readonly Setting[] = [
  { log: "none", action: "tokenise", hidden: "all" },
  { log: "redacted", action: "redact", hidden: "all" },
  { log: "full", action: "tokenise", hidden: "secrets" },
];

for (const [index, setting] of settings.entries()) {
  // A third of the data under each policy, all of it together; POINTSMAN_LEAKS=all puts all of it under each.
  const share = seeded.filter(
    (_, at) => process.env.POINTSMAN_LEAKS === "all" || at % settings.length === index,
  );
  it.skipIf(!dataFolder)(
    `nothing that was seeded leaks: the data sets, log ${setting.log}, ${setting.action}`,
    () => run(share, setting),
  );
  it(`nothing that was seeded leaks: own prompts, log ${setting.log}, ${setting.action}`, () =>
    run(ownPrompts(), setting));
}

it("no secret is kept even where policy lets secrets leave", () =>
  run(ownPrompts(), { log: "full", action: "allow", hidden: "secrets" }));

async function run(prompts: readonly SeededPrompt[], setting: Setting): Promise<void> {
  // Critical, all of it: on a machine that stands still a search may run out of its second, and must not let through then.
  const policy = `
name: leaks
rules:
  - id: all
    log: ${setting.log}
    cache: { ttl: 1h }
    attempts: { max: 2 }
    redact:
      - { kinds: [secrets], action: ${setting.action}, critical: true }
      - { kinds: [pii], action: ${setting.action}, critical: true }
  - id: shadowed
    shadow: { target: two, share: 0.1, max_dollars_per_day: 100 }
`;
  using spans = recordSpans();
  await using service = await startService(policy, (provider) => ({
    identity: { anonymous: "never", user_hash_key: "a key of the test, long enough" },
    targets: [
      targetAt(provider, "one", { capabilities: ["tools"] }),
      targetAt(provider, "two", { capabilities: ["tools"] }),
    ],
    keys: [keyConfig("acme", "acme", ["caller", "auditor"], USER)],
    breaker: { volume_threshold: 10_000 },
    ledger: { durability: "os" },
  }));
  let count = 0;
  // Every answer repeats what was asked, and so does every tenth failure.
  service.provider.answer = ({ text }) =>
    count++ % 10 === 9 ? { status: 500 } : { text: `You said: ${text}` };

  const secrets = prompts.flatMap((prompt) => prompt.secrets);
  const personal = prompts.flatMap((prompt) => prompt.personal);
  expect(secrets.length).toBeGreaterThan(10);
  expect(personal.length).toBeGreaterThan(10);
  const decisions: string[] = [];
  let answered = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < prompts.length; index = next++) {
      const prompt = prompts[index] as SeededPrompt;
      const given = await route(service, inputOf(prompt, index), index % 2 === 1, decisions);
      if (given === undefined) continue;
      answered++;
      if (setting.action !== "redact")
        for (const value of [...prompt.secrets, ...prompt.personal])
          expect(given.includes(value), `the answer to prompt ${index} is whole`).toBe(true);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  expect(answered).toBeGreaterThan(prompts.length * 0.9);

  // What leaves. Where policy lets values leave they are seen to, which shows that this looks where it should.
  const findAll = createValueFinder([...secrets, ...personal]);
  const findUser = createValueFinder([USER]);
  const left = findAll(Buffer.from(service.provider.seen.map(({ body }) => body).join("\n")));
  if (setting.action === "allow") expect(left).toHaveLength(new Set([...secrets, ...personal]).size);
  else expect(left).toEqual([]);

  // What stays, as auditors read it, which undoes whatever the ledger does to its bytes.
  const findHidden = setting.hidden === "all" ? findAll : createValueFinder(secrets);
  const records: Uint8Array[] = [];
  const reader = async (): Promise<void> => {
    for (let decisionId = unread.pop(); decisionId !== undefined; decisionId = unread.pop()) {
      const { record } = await service.grpc.unary(AuditService.method.getRecord, { decisionId }, as("acme"));
      if (record) records.push(toBinary(RecordSchema, record));
    }
  };
  const unread = [...decisions];
  await Promise.all(Array.from({ length: CONCURRENT }, reader));
  expect(records).toHaveLength(decisions.length);
  expect(findHidden(Buffer.concat(records))).toEqual([]);
  expect(findUser(Buffer.concat(records))).toEqual([]);
  if (setting.log === "full")
    expect(createValueFinder(personal)(Buffer.concat(records)).length, "full means full").toBeGreaterThan(10);

  const metrics = await (await fetch(`http://${service.app.httpAddress}/metrics`)).text();
  expect(metrics).toContain("pointsman_");
  expect(findAll(Buffer.from(metrics))).toEqual([]);
  await service.stop();
  expect(service.logText()).toContain("routed");
  expect(findAll(Buffer.from(service.logText()))).toEqual([]);
  // One for each request, and one for each attempt that was made.
  expect(spans.count).toBeGreaterThan(prompts.length);
  expect(spans.text()).toContain("gen_ai.usage.output_tokens");
  for (const text of [spans.text(), service.logText(), metrics])
    expect([...findAll(Buffer.from(text)), ...findUser(Buffer.from(text))]).toEqual([]);

  // What stays, as it lies on the disk: ledger, cache, counters and whatever else is there.
  const files = readdirSync(service.dataFolder, { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["answers.sqlite"]));
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    const found = [...findHidden(bytes), ...findUser(bytes)];
    expect({ file: file.name, found }).toEqual({ file: file.name, found: [] });
  }
}

/** Where a value may stand: a plain prompt, a system turn, the arguments and the result of a tool, the description of one, a label. */
function inputOf({ text, label }: SeededPrompt, index: number): RouteInput {
  const input = ask(text, label === undefined ? {} : { labels: { about: label } });
  if (index % 5 === 1) {
    const part = create(PartSchema, { content: { case: "text", value: `Remember: ${text}` } });
    input.turns.unshift(create(TurnSchema, { role: Role.SYSTEM, parts: [part] }));
  }
  if (index % 5 === 2) {
    const turn = (role: Role, content: MessageInitShape<typeof PartSchema>["content"]) =>
      create(TurnSchema, { role, parts: [create(PartSchema, { content: content! })] });
    const value = { callId: "c1", name: "look_up", argumentsJson: JSON.stringify({ query: text }) };
    const result = { callId: "c1", name: "look_up", content: JSON.stringify({ found: text }) };
    input.turns.unshift(
      turn(Role.USER, { case: "text", value: "Please look it up." }),
      turn(Role.ASSISTANT, { case: "toolCall", value: create(ToolCallSchema, value) }),
      turn(Role.TOOL, { case: "toolResult", value: create(ToolResultSchema, result) }),
    );
  }
  if (index % 5 === 3)
    input.tools.push(create(ToolSchema, { name: "look_up", description: `Looks up. ${text}` }));
  return input;
}

/** The answer's text; undefined where there is none. */
async function route(
  service: GovernedService,
  input: RouteInput,
  streamed: boolean,
  decisions: string[],
): Promise<string | undefined> {
  try {
    if (!streamed) {
      const { decision, completion } = await service.grpc.unary(
        RouteService.method.route,
        { input },
        as("acme"),
      );
      decisions.push(decision?.id ?? "");
      return completion?.parts.map(({ content }) => (content.case === "text" ? content.value : "")).join("");
    }
    let text = "";
    let completed = false;
    for await (const { event } of service.http.stream(
      StreamService.method.streamRoute,
      { input },
      as("acme"),
    )) {
      if (event.case === "decided") decisions.push(event.value.decision?.id ?? "");
      if (event.case === "textDelta") text += event.value.text;
      if (event.case === "finished") completed = event.value.completion?.errorReason === "";
    }
    return completed ? text : undefined;
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    decisions.push(error.metadata.decision_id ?? "");
    return undefined;
  }
}
