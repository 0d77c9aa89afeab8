import type { Answer } from "./answer.ts";
import type { ChatRequest } from "./chat-request.ts";

/** An answer cut into tokens and counted, ready to be written whole or in chunks. */
export interface Completion {
  readonly id: string;
  readonly model: string;
  readonly answer: Answer;
  /** The text, or the tool's arguments, one token each. */
  readonly tokens: readonly string[];
  readonly finishReason: "stop" | "length" | "tool_calls";
  readonly promptTokens: number;
}

/** Applies a request's limits to an answer. */
export function complete(request: ChatRequest, answer: Answer, id: string): Completion {
  const whole = answer.type === "tool_call" ? answer.argumentsJson : stopAt(answer.text, request.stop);
  const all = whole.match(/\s*[^\s]{1,12}|\s+$/g) ?? [];
  const limited = answer.type !== "tool_call" && all.length > request.maxTokens;
  return {
    id,
    model: request.model,
    answer,
    tokens: limited ? all.slice(0, request.maxTokens) : all,
    finishReason: answer.type === "tool_call" ? "tool_calls" : limited ? "length" : "stop",
    promptTokens: Math.max(1, Math.ceil(request.inputCharacters / 4)),
  };
}

/** The body of a whole answer. */
export function writeWhole(completion: Completion): string {
  const { answer, id, model, finishReason } = completion;
  const text = completion.tokens.join("");
  const message =
    answer.type === "tool_call"
      ? {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: callIdOf(id), type: "function", function: { name: answer.name, arguments: text } },
          ],
        }
      : answer.type === "refusal"
        ? { role: "assistant", content: null, refusal: text }
        : { role: "assistant", content: text, refusal: null };
  return JSON.stringify({
    id,
    object: "chat.completion",
    created: 0,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    usage: usageOf(completion),
  });
}

/** The events of a streamed answer: the opening, one for each token, and the closing ones. */
export function writeChunks(completion: Completion, includeUsage: boolean): string[] {
  const { answer, id, model } = completion;
  const head = `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":0,"model":${JSON.stringify(model)}`;
  const event = (delta: unknown, finishReason: string | null): string =>
    `data: ${head},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}]}\n\n`;
  const chunks: string[] = [
    event({ role: "assistant", content: answer.type === "tool_call" ? null : "" }, null),
  ];
  if (answer.type === "tool_call") {
    const opening = { name: answer.name, arguments: "" };
    chunks.push(
      event({ tool_calls: [{ index: 0, id: callIdOf(id), type: "function", function: opening }] }, null),
    );
  }
  for (const token of completion.tokens) {
    const delta =
      answer.type === "tool_call"
        ? { tool_calls: [{ index: 0, function: { arguments: token } }] }
        : answer.type === "refusal"
          ? { refusal: token }
          : { content: token };
    chunks.push(event(delta, null));
  }
  chunks.push(event({}, completion.finishReason));
  if (includeUsage)
    chunks.push(`data: ${head},"choices":[],"usage":${JSON.stringify(usageOf(completion))}}\n\n`);
  chunks.push("data: [DONE]\n\n");
  return chunks;
}

function usageOf({ promptTokens, tokens }: Completion): unknown {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens.length,
    total_tokens: promptTokens + tokens.length,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

function callIdOf(id: string): string {
  return `call_${id.slice(-12)}`;
}

function stopAt(text: string, stops: readonly string[]): string {
  let end = text.length;
  for (const stop of stops) {
    const found = typeof stop === "string" && stop !== "" ? text.indexOf(stop) : -1;
    if (found >= 0 && found < end) end = found;
  }
  return text.slice(0, end);
}
