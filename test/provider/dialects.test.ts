import { describeDialect, GREETING } from "./suite.ts";

const openAiChunk = (delta: unknown, finish: string | null, extra: object = {}): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    model: "model-1",
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...extra,
  });
const openAiUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

describeDialect("OpenAI", {
  settings: { provider: "openai" },
  whole: JSON.stringify({
    id: "chatcmpl-1",
    model: "model-1",
    choices: [{ index: 0, message: { role: "assistant", content: GREETING }, finish_reason: "stop" }],
    usage: openAiUsage,
  }),
  chunks: [
    openAiChunk({ role: "assistant", content: "" }, null),
    ...["Grüße, ", "世界 ", "🌍!"].map((content) => openAiChunk({ content }, null)),
    openAiChunk({}, "stop"),
    JSON.stringify({ id: "chatcmpl-1", model: "model-1", choices: [], usage: openAiUsage }),
    "[DONE]",
  ],
  terminalCount: 3,
  toolChunks: [
    openAiChunk({ role: "assistant", content: null }, null),
    openAiChunk(
      { tool_calls: [{ index: 4, id: "a", type: "function", function: { name: "weather", arguments: "" } }] },
      null,
    ),
    openAiChunk({ tool_calls: [{ index: 4, function: { arguments: '{"city":' } }] }, null),
    openAiChunk({ tool_calls: [{ index: 4, function: { arguments: '"Paris"}' } }] }, null),
    openAiChunk(
      { tool_calls: [{ index: 7, id: "b", type: "function", function: { name: "clock", arguments: "{}" } }] },
      null,
    ),
    openAiChunk({}, "tool_calls"),
    "[DONE]",
  ],
  error: JSON.stringify({ error: { message: "model-1 has no wings", type: "invalid_request_error" } }),
});

const event = (type: string, members: object = {}): string => JSON.stringify({ type, ...members });
const messageStart = event("message_start", {
  message: {
    id: "msg_1",
    model: "model-1",
    role: "assistant",
    content: [],
    usage: { input_tokens: 10, output_tokens: 1 },
  },
});
const textDelta = (text: string): string =>
  event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
const argumentsDelta = (index: number, partial_json: string): string =>
  event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json } });
const toolStart = (index: number, id: string, name: string): string =>
  event("content_block_start", { index, content_block: { type: "tool_use", id, name, input: {} } });
const messageEnd = (stop_reason: string): string[] => [
  event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } }),
  event("message_stop"),
];

describeDialect("Anthropic", {
  settings: { provider: "anthropic" },
  whole: JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "model-1",
    content: [{ type: "text", text: GREETING }],
    stop_reason: "end_turn",
    usage: { input_tokens: 10, output_tokens: 5 },
  }),
  chunks: [
    messageStart,
    event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    event("ping"),
    ...["Grüße, ", "世界 ", "🌍!"].map(textDelta),
    event("content_block_stop", { index: 0 }),
    ...messageEnd("end_turn"),
  ],
  terminalCount: 1,
  toolChunks: [
    messageStart,
    toolStart(0, "a", "weather"),
    argumentsDelta(0, '{"city":'),
    argumentsDelta(0, '"Paris"}'),
    event("content_block_stop", { index: 0 }),
    toolStart(1, "b", "clock"),
    event("content_block_stop", { index: 1 }),
    ...messageEnd("tool_use"),
  ],
  error: event("error", { error: { type: "unheard_of_error", message: "model-1 has no wings" } }),
});

const piece = (parts: unknown[], finishReason?: string): string =>
  JSON.stringify({
    candidates: [
      {
        content: { role: "model", parts },
        ...(finishReason === undefined ? {} : { finishReason }),
        index: 0,
      },
    ],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: finishReason === undefined ? 2 : 5 },
    modelVersion: "model-1",
    responseId: "response-1",
  });

describeDialect("Gemini", {
  settings: { provider: "gemini" },
  whole: piece([{ text: GREETING }], "STOP"),
  chunks: [
    piece([{ text: "Grüße, " }]),
    piece([{ text: "世界 " }]),
    piece([{ text: "🌍!" }]),
    piece([{ text: "" }], "STOP"),
  ],
  terminalCount: 1,
  toolChunks: [
    piece([{ functionCall: { name: "weather", args: { city: "Paris" } } }]),
    piece([{ functionCall: { name: "clock" } }], "STOP"),
  ],
  error: JSON.stringify({
    error: { code: 400, message: "model-1 has no wings", status: "INVALID_ARGUMENT" },
  }),
});
