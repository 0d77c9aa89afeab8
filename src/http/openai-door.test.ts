import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { create, type Message } from "@bufbuild/protobuf";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CompletionSchema, CompletionState, FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { Role, type RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteResponseSchema, RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import {
  type StreamRouteResponse,
  StreamRouteResponseSchema,
  StreamService,
} from "#gen/pointsman/v1/stream_service_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { decidedEvent, finishedEvent, outputEvent } from "../engine/events.ts";
import { createDispatch } from "../rpc/dispatch.ts";
import { serverStreaming, unary } from "../rpc/handler.ts";
import { createOpenAiDoor } from "./openai-door.ts";

const asked: RouteInput[] = [];
const decision = create(DecisionSchema, { id: "d1" });
const completion = create(CompletionSchema, {
  state: CompletionState.COMPLETED,
  finishReason: FinishReason.STOP,
  targetId: "small",
  parts: [{ content: { case: "text", value: "Hello." } }],
  usage: { inputTokens: 3, outputTokens: 2 },
});
const bindings = [
  unary(RouteService.method.route, ["caller"], async ({ input }) => {
    if (input) asked.push(input);
    if (input?.labels.model === "busy")
      throw new EngineError(ErrorReason.RATE_LIMITED, "slow down", { retryAfterMs: 1_500 });
    return create(RouteResponseSchema, { decision, completion });
  }),
  serverStreaming(StreamService.method.streamRoute, ["caller"], async ({ input }, _context, send) => {
    const event = (value: StreamRouteResponse["event"] | undefined): Message & StreamRouteResponse =>
      create(StreamRouteResponseSchema, { event: value ?? { case: undefined } });
    await send(event(decidedEvent(decision)));
    await send(event(outputEvent({ type: "text_delta", text: "Hel" })));
    await send(event(outputEvent({ type: "text_delta", text: "lo." })));
    const cut = input?.labels.model === "cut";
    await send(
      event(
        finishedEvent(
          cut
            ? create(CompletionSchema, {
                state: CompletionState.TRUNCATED,
                errorReason: "ERROR_REASON_STREAM_INTERRUPTED",
                message: "broke",
              })
            : completion,
        ),
      ),
    );
  }),
];
const dispatch = createDispatch({
  identify: () => create(CallerSchema, { tenant: "t", roles: ["caller"] }),
  maxInFlight: 10,
  maxInFlightBatch: 10,
  ended: () => undefined,
  monotonic: () => performance.now(),
});
const door = createOpenAiDoor(bindings, dispatch, 10_000);
const server = createServer((request, response) => {
  if (!door(request, response)) response.writeHead(404).end();
});
let url = "";

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
});
afterAll(() => server.close());

const post = (body: unknown): Promise<Response> =>
  fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
const messages = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "Hi" },
      { type: "image_url", image_url: { url: "data:image/png;base64,aGk=" } },
    ],
  },
];

test("a whole answer has the format's shape, and the request arrives with all its parts", async () => {
  const response = await post({
    model: "auto",
    messages,
    max_tokens: 9,
    temperature: 0.5,
    tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
    tool_choice: "auto",
  });
  expect(await response.json()).toMatchObject({
    id: "d1",
    object: "chat.completion",
    model: "small",
    choices: [{ message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });
  const input = asked.at(-1);
  expect(input?.turns.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER]);
  expect(input?.turns[1]?.parts[1]?.content).toMatchObject({
    case: "media",
    value: { mediaType: "image/png" },
  });
  expect(input?.options).toMatchObject({ maxOutputTokens: 9, temperature: 0.5 });
  expect(input?.tools[0]?.name).toBe("f");
});

test("a stream ends with a finish reason, usage where asked, and [DONE]", async () => {
  const text = await (
    await post({ model: "auto", messages, stream: true, stream_options: { include_usage: true } })
  ).text();
  const lines = text
    .split("\n\n")
    .filter(Boolean)
    .map((line) => line.slice(6));
  expect(lines.at(-1)).toBe("[DONE]");
  const chunks = lines.slice(0, -1).map((line) => JSON.parse(line));
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hello.");
  expect(chunks.at(-2).choices[0].finish_reason).toBe("stop");
  expect(chunks.at(-1).usage.total_tokens).toBe(5);
});

test("a stream that broke off is never a clean one", async () => {
  const text = await (await post({ model: "cut", messages, stream: true })).text();
  expect(text).not.toContain("[DONE]");
  expect(text).not.toContain('"finish_reason":"stop"');
  expect(text).toContain("ERROR_REASON_STREAM_INTERRUPTED");
});

test("what is not understood is named, and errors carry the reason", async () => {
  const wrong = await post({ model: "auto", messages, temprature: 1 });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({
    error: { code: "ERROR_REASON_INVALID_REQUEST", message: expect.stringContaining("temprature") },
  });
  expect((await post("{")).status).toBe(400);
  expect(
    (await post({ model: "auto", messages: [{ role: "user", content: "x".repeat(20_000) }] })).status,
  ).toBe(400);
  const busy = await post({ model: "busy", messages });
  expect([busy.status, busy.headers.get("retry-after")]).toEqual([429, "2"]);
});
