import type { DialectError } from "../dialect.ts";
import { badResponse } from "../http-errors.ts";
import { asList, asRecord, asText, type JsonRecord } from "../json.ts";
import type { ProviderEvent } from "../provider.ts";
import { markToken } from "../provider-token.ts";
import { mapFinishReason } from "./finish-reason.ts";
import { REDACTED } from "./messages.ts";
import { decodeUsage } from "./usage.ts";

/**
 * The events of a whole message.
 * @param jsonToolName the tool whose arguments are the answer; undefined where text was asked for.
 * @throws ProviderError BAD_RESPONSE where it is no message.
 */
export function decodeResponse(
  answer: unknown,
  jsonToolName: string | undefined,
  requestId: string | undefined,
): ProviderEvent[] {
  const message = asRecord(answer);
  if (message === undefined || !Array.isArray(message.content)) {
    throw badResponse("The provider's answer is JSON, but no message.", 200);
  }
  const events: ProviderEvent[] = [startedEvent(message, requestId)];
  let toolCallCount = 0;
  for (const value of asList(message.content)) {
    const block = asRecord(value);
    if (block?.type === "tool_use" && block.name !== jsonToolName) {
      events.push(toolCallStart(block, toolCallCount, JSON.stringify(block.input ?? {})));
      toolCallCount += 1;
    } else if (block !== undefined) events.push(...decodeBlock(block));
  }
  const counted = decodeUsage(message.usage);
  if (counted !== undefined) events.push({ type: "usage", usage: counted.usage });
  events.push({ type: "finished", reason: mapFinishReason(message.stop_reason, toolCallCount > 0) });
  return events;
}

/** The first event, out of whatever names itself. */
export function startedEvent(message: JsonRecord, requestId: string | undefined): ProviderEvent {
  const responseModel = asText(message.model);
  const providerRequestId = requestId ?? asText(message.id);
  return {
    type: "started",
    ...(responseModel === undefined ? {} : { responseModel }),
    ...(providerRequestId === undefined ? {} : { providerRequestId }),
  };
}

/** The event that opens a tool call, with as much of its arguments as is known. */
export function toolCallStart(block: JsonRecord, index: number, argumentsDelta: string): ProviderEvent {
  const name = asText(block.name);
  if (name === undefined) throw badResponse("The provider's answer calls a tool without a name.", 200);
  return {
    type: "tool_call_delta",
    index,
    callId: asText(block.id) ?? `call_${index}`,
    name,
    argumentsDelta,
  };
}

/** A signature, or thoughts that came encrypted: a delta without text that carries only the token. */
export function tokenEvent(kind: "anthropic" | typeof REDACTED, token: string): ProviderEvent {
  return { type: "reasoning_delta", text: "", providerToken: markToken(kind, token) };
}

/** An error's body, as sent with a status or inside a stream. */
export function decodeError(body: unknown): DialectError | undefined {
  const error = asRecord(asRecord(body)?.error);
  if (error === undefined) return undefined;
  return { message: asText(error.message), status: STATUS_BY_TYPE.get(error.type) };
}

const STATUS_BY_TYPE: ReadonlyMap<unknown, number> = new Map([
  ["invalid_request_error", 400],
  ["authentication_error", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["timeout_error", 504],
  ["overloaded_error", 529],
]);

function decodeBlock(block: JsonRecord): ProviderEvent[] {
  switch (block.type) {
    case "text": {
      const text = asText(block.text);
      return text === undefined ? [] : [{ type: "text_delta", text }];
    }
    case "tool_use":
      return [{ type: "text_delta", text: JSON.stringify(block.input ?? {}) }];
    case "thinking": {
      const text = asText(block.thinking);
      const signature = asText(block.signature);
      return [
        ...(text === undefined ? [] : [{ type: "reasoning_delta" as const, text }]),
        ...(signature === undefined ? [] : [tokenEvent("anthropic", signature)]),
      ];
    }
    case "redacted_thinking": {
      const data = asText(block.data);
      return data === undefined ? [] : [tokenEvent(REDACTED, data)];
    }
    default:
      return [];
  }
}
