import { inBandError } from "../answer-errors.ts";
import type { DialectError } from "../dialect.ts";
import { badResponse } from "../http-errors.ts";
import { asList, asRecord, asText, type JsonRecord } from "../json.ts";
import type { ProviderEvent } from "../provider.ts";
import { isFailure, mapFinishReason } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";

/**
 * The events of a whole chat completion.
 * @throws ProviderError BAD_RESPONSE where it is none.
 */
export function decodeResponse(answer: unknown, requestId: string | undefined): ProviderEvent[] {
  const completion = asRecord(answer);
  const choice = asRecord(asList(completion?.choices)[0]);
  const message = asRecord(choice?.message);
  if (completion === undefined || choice === undefined || message === undefined) {
    throw badResponse("The provider's answer is JSON, but no chat completion.", 200);
  }
  if (isFailure(choice.finish_reason)) throw inBandError({ status: 503 }, true);
  const events: ProviderEvent[] = [startedEvent(completion, requestId)];
  const reasoning = readReasoning(message);
  if (reasoning !== undefined) events.push({ type: "reasoning_delta", text: reasoning });
  const text = readContent(message.content);
  if (text !== undefined) events.push({ type: "text_delta", text });
  const refusal = asText(message.refusal);
  if (refusal !== undefined) events.push({ type: "text_delta", text: refusal });
  const calls = asList(message.tool_calls);
  calls.forEach((value, index) => {
    events.push(wholeToolCall(value, index));
  });
  const usage = decodeUsage(completion);
  if (usage !== undefined) events.push({ type: "usage", usage });
  const reason = mapFinishReason(choice.finish_reason, calls.length > 0, refusal !== undefined);
  events.push({ type: "finished", reason });
  return events;
}

/** The first event, out of whatever names itself. */
export function startedEvent(answer: JsonRecord, requestId: string | undefined): ProviderEvent {
  const responseModel = asText(answer.model);
  const providerRequestId = requestId ?? asText(answer.id);
  return {
    type: "started",
    ...(responseModel === undefined ? {} : { responseModel }),
    ...(providerRequestId === undefined ? {} : { providerRequestId }),
  };
}

/** Thoughts, under either of the names in use, or among the parts of the content. */
export function readReasoning(message: JsonRecord): string | undefined {
  const named = asText(message.reasoning_content) ?? asText(message.reasoning);
  if (named !== undefined || !Array.isArray(message.content)) return named;
  let text = "";
  for (const part of message.content) {
    const thinking = asRecord(part)?.type === "thinking" ? asRecord(part)?.thinking : undefined;
    text += asText(thinking) ?? readContent(thinking) ?? "";
  }
  return text === "" ? undefined : text;
}

/** Text, whether plain or as a list of parts. */
export function readContent(content: unknown): string | undefined {
  if (typeof content === "string") return content === "" ? undefined : content;
  let text = "";
  for (const part of asList(content)) {
    const record = asRecord(part);
    if (record?.type === "text") text += asText(record.text) ?? "";
  }
  return text === "" ? undefined : text;
}

/** Arguments as JSON text, also from servers that send the object itself. */
export function readArguments(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** An error's body, as sent with a status, inside a stream, or by servers that only have a text. */
export function decodeError(body: unknown): DialectError | undefined {
  const record = asRecord(Array.isArray(body) ? body[0] : body);
  const nested = asRecord(record?.error);
  const error = nested ?? record;
  if (error === undefined) return undefined;
  const message =
    asText(error.message) ?? asText(record?.error) ?? asText(record?.message) ?? asText(record?.detail);
  const code = error.code ?? error.type;
  return {
    message,
    status: readStatus(error.code),
    refused: code === "content_filter" || code === "content_policy_violation",
  };
}

function readStatus(code: unknown): number | undefined {
  if (typeof code === "number" && code >= 400 && code <= 599) return code;
  return typeof code === "string" ? STATUS_BY_CODE.get(code) : undefined;
}

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ["rate_limit_exceeded", 429],
  ["insufficient_quota", 429],
  ["invalid_api_key", 401],
  ["model_not_found", 404],
]);

function wholeToolCall(value: unknown, index: number): ProviderEvent {
  const call = asRecord(value);
  const target = asRecord(call?.function);
  const name = asText(target?.name);
  if (name === undefined) throw badResponse("The provider's answer calls a tool without a name.", 200);
  return {
    type: "tool_call_delta",
    index,
    callId: asText(call?.id) ?? `call_${index}`,
    name,
    argumentsDelta: readArguments(target?.arguments),
  };
}
