import { FinishReason, type Usage } from "#gen/pointsman/v1/completion_pb.ts";
import { inBandError } from "../answer-errors.ts";
import type { StreamDecoder, StreamState } from "../dialect.ts";
import { badResponse } from "../http-errors.ts";
import { asList, asRecord, asText, type JsonRecord, parseJson } from "../json.ts";
import type { ProviderEvent } from "../provider.ts";
import { isFailure, isFinishReason, mapFinishReason } from "./finish-reason.ts";
import { decodeError, decodePart, startedEvent } from "./parts.ts";
import { decodeUsage } from "./usage.ts";

/** A decoder that also takes a piece that is parsed already. */
export interface GeminiStreamDecoder extends StreamDecoder {
  /** Like `push`, for a value. */
  pushValue(value: unknown, out: ProviderEvent[]): void;
}

/**
 * Understands a stream of generateContent answers. Its terminal marker is a finish reason in the last piece: older models
 * put one into every piece, so one that more pieces follow is not yet the end.
 */
export function createStreamDecoder(requestId: string | undefined): GeminiStreamDecoder {
  let state: StreamState = "open";
  let started = false;
  let reason: FinishReason = FinishReason.UNSPECIFIED;
  let toolCallCount = 0;
  let usage: Usage | undefined;

  function pushUsage(value: unknown, out: ProviderEvent[]): void {
    const counted = decodeUsage(value);
    if (counted === undefined || sameUsage(counted, usage)) return;
    usage = counted;
    out.push({ type: "usage", usage: counted });
  }

  function pushCandidate(candidate: JsonRecord, answerId: string, out: ProviderEvent[]): void {
    for (const part of asList(asRecord(candidate.content)?.parts)) {
      for (const event of decodePart(part, toolCallCount, answerId)) {
        if (event.type === "tool_call_delta") toolCallCount += 1;
        out.push(event);
      }
    }
    if (!isFinishReason(candidate.finishReason)) {
      state = "open";
      return;
    }
    if (isFailure(candidate.finishReason)) {
      throw badResponse(`The provider's model failed (${candidate.finishReason}).`, 200);
    }
    reason = mapFinishReason(candidate.finishReason, toolCallCount > 0);
    state = "closing";
  }

  function pushValue(value: unknown, out: ProviderEvent[]): void {
    const answer = asRecord(value);
    if (answer === undefined)
      throw badResponse("The provider's answer holds something that is no JSON object.", 200);
    if (answer.error !== undefined) throw inBandError(decodeError(answer) ?? {}, started);
    const blocked = asText(asRecord(answer.promptFeedback)?.blockReason);
    const candidate = asRecord(asList(answer.candidates)[0]);
    if (candidate === undefined && blocked === undefined && answer.usageMetadata === undefined) {
      throw badResponse("The provider's answer is JSON, but no generated content.", 200);
    }
    if (!started) {
      started = true;
      out.push(startedEvent(answer, requestId));
    }
    if (candidate !== undefined) pushCandidate(candidate, asText(answer.responseId) ?? "call", out);
    else if (blocked !== undefined) {
      reason = FinishReason.CONTENT_FILTER;
      state = "closing";
    }
    pushUsage(answer.usageMetadata, out);
  }

  return {
    state: () => state,
    push(data, out) {
      pushValue(parseJson(data), out);
    },
    pushValue,
    end(out) {
      if (state !== "open") out.push({ type: "finished", reason });
    },
  };
}

function sameUsage(left: Usage, right: Usage | undefined): boolean {
  return (
    left.inputTokens === right?.inputTokens &&
    left.outputTokens === right.outputTokens &&
    left.cachedInputTokens === right.cachedInputTokens &&
    left.reasoningTokens === right.reasoningTokens
  );
}
