import type { DialectError } from "../dialect.ts";
import { badResponse } from "../http-errors.ts";
import { asList, asRecord, asText, type JsonRecord } from "../json.ts";
import type { ProviderEvent } from "../provider.ts";
import { markToken } from "../provider-token.ts";
import { parseDurationJson } from "../retry-after.ts";

/** The first event, out of whatever names itself. */
export function startedEvent(answer: JsonRecord, requestId: string | undefined): ProviderEvent {
  const responseModel = asText(answer.modelVersion);
  const providerRequestId = requestId ?? asText(answer.responseId);
  return {
    type: "started",
    ...(responseModel === undefined ? {} : { responseModel }),
    ...(providerRequestId === undefined ? {} : { providerRequestId }),
  };
}

/**
 * The events of one part. A signature stands beside text, thoughts or a call; with text it travels alone, as a thought
 * without words, since text has no place for it.
 * @param toolCallIndex the number of calls before.
 * @param answerId makes the ids of calls unlike those of other answers: Gemini gives none.
 */
export function decodePart(value: unknown, toolCallIndex: number, answerId: string): ProviderEvent[] {
  const part = asRecord(value);
  if (part === undefined) return [];
  const signature = asText(part.thoughtSignature);
  const token = signature === undefined ? {} : { providerToken: markToken("gemini", signature) };
  const call = asRecord(part.functionCall);
  if (call !== undefined) {
    const name = asText(call.name);
    if (name === undefined) throw badResponse("The provider's answer calls a tool without a name.", 200);
    const callId = asText(call.id) ?? `${answerId}-${toolCallIndex}`;
    const argumentsDelta = JSON.stringify(call.args ?? {});
    return [{ type: "tool_call_delta", index: toolCallIndex, callId, name, argumentsDelta, ...token }];
  }
  const text = asText(part.text);
  if (part.thought === true) return [{ type: "reasoning_delta", text: text ?? "", ...token }];
  return [
    ...(text === undefined ? [] : [{ type: "text_delta" as const, text }]),
    ...(signature === undefined ? [] : [{ type: "reasoning_delta" as const, text: "", ...token }]),
  ];
}

/** An error's body, as sent with a status or inside a stream; some come in a list of one. */
export function decodeError(body: unknown): DialectError | undefined {
  const error = asRecord(asRecord(Array.isArray(body) ? body[0] : body)?.error);
  if (error === undefined) return undefined;
  const details = asList(error.details).map(asRecord);
  const retry = details.find((detail) => detail?.retryDelay !== undefined);
  const badKey = details.some((detail) => detail?.reason === "API_KEY_INVALID");
  const code =
    typeof error.code === "number" && error.code >= 400 && error.code <= 599 ? error.code : undefined;
  return {
    message: asText(error.message),
    status: code,
    // A wrong key is a 400 there.
    badCredential: badKey,
    retryAfterMs: parseDurationJson(retry?.retryDelay),
  };
}
