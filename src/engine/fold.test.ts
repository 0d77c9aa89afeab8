import { create, toJson } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CompletionSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { Role, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { createAnthropicDialect } from "../provider/anthropic/index.ts";
import type { ProviderCall, ProviderEvent } from "../provider/provider.ts";
import { createAnswerFold } from "./fold.ts";
import { partsAsOutput } from "./parts-as-output.ts";

const fold = (events: Iterable<ProviderEvent>) => {
  const answer = createAnswerFold();
  for (const event of events) answer.add(event);
  return answer.parts();
};
const asJson = (parts: ReturnType<typeof fold>) =>
  (toJson(CompletionSchema, create(CompletionSchema, { parts })) as { parts?: unknown[] }).parts ?? [];

const blocks = [
  { type: "thinking", thinking: "First I look it up.", signature: "c2lnbmF0dXJlLTE=" },
  { type: "text", text: "Let me see. " },
  { type: "redacted_thinking", data: "ZW5jcnlwdGVk" },
  { type: "thinking", thinking: "Then I count.", signature: "c2lnbmF0dXJlLTI=" },
  { type: "text", text: "One moment." },
  { type: "tool_use", id: "toolu_1", name: "count", input: { of: "sheep" } },
];
const dialect = createAnthropicDialect(1_000);
const question = { role: Role.USER, parts: [{ content: { case: "text" as const, value: "How many?" } }] };
const callOf = (turns: object[]): ProviderCall => ({
  input: create(RouteInputSchema, { turns: [question, ...turns] }),
  target: create(TargetSchema, { model: "claude-sonnet-4-5" }),
  streaming: false,
  callId: "c",
  cachePrefix: false,
});

/** The same blocks as a stream has them: texts in halves, signatures apart. */
function streamed(): ProviderEvent[] {
  const decoder = dialect.createDecoder(callOf([]), undefined);
  const out: ProviderEvent[] = [];
  const push = (event: object): void => decoder.push(JSON.stringify(event), out);
  push({ type: "message_start", message: { model: "claude-sonnet-4-5" } });
  for (const [index, block] of blocks.entries()) {
    const delta = (value: object): void => push({ type: "content_block_delta", index, delta: value });
    const { thinking, signature, text, input } = block as Partial<Record<string, string>> & {
      input?: object;
    };
    const opening = { ...block, ...(thinking && { thinking: "", signature: "" }), ...(text && { text: "" }) };
    push({ type: "content_block_start", index, content_block: { ...opening, ...(input && { input: {} }) } });
    for (const half of [text?.slice(0, 5), text?.slice(5)])
      if (half) delta({ type: "text_delta", text: half });
    for (const half of [thinking?.slice(0, 5), thinking?.slice(5)])
      if (half) delta({ type: "thinking_delta", thinking: half });
    if (signature) delta({ type: "signature_delta", signature });
    if (input) delta({ type: "input_json_delta", partial_json: JSON.stringify(input) });
    push({ type: "content_block_stop", index });
  }
  push({ type: "message_delta", delta: { stop_reason: "tool_use" } });
  push({ type: "message_stop" });
  decoder.end(out);
  return out;
}

test.each([
  ["whole", () => dialect.decode({ content: blocks, stop_reason: "tool_use" }, callOf([]), undefined)],
  ["streamed", streamed],
])("every signed thought of an answer goes back as it came, in its place: %s", (_name, events) => {
  const parts = fold(events());
  const { body } = dialect.encode(callOf([{ role: Role.ASSISTANT, parts }, question]));
  const [, answer] = JSON.parse(body).messages;
  expect(answer).toEqual({ role: "assistant", content: blocks });
  expect(asJson(fold(partsAsOutput(parts)))).toEqual(asJson(parts));
});

test("thoughts without tokens are one, and texts and calls that are streamed in turns stay whole", () => {
  const call = (index: number, argumentsDelta: string) =>
    ({ type: "tool_call_delta", index, argumentsDelta }) as const;
  const parts = fold([
    { type: "reasoning_delta", text: "Hm. " },
    { type: "text_delta", text: "It is " },
    { type: "reasoning_delta", text: "Yes." },
    call(0, '{"a":'),
    { type: "text_delta", text: "so." },
    call(1, "{}"),
    call(0, "1}"),
  ]);
  expect(asJson(parts)).toEqual([
    { reasoning: { text: "Hm. Yes." } },
    { text: "It is so." },
    { toolCall: { argumentsJson: '{"a":1}' } },
    { toolCall: { argumentsJson: "{}" } },
  ]);
});
