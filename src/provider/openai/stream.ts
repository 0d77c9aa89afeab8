import type { FinishReason, Usage } from "#gen/pointsman/v1/completion_pb.ts";
import { inBandError } from "../answer-errors.ts";
import type { StreamDecoder, StreamState } from "../dialect.ts";
import { badResponse } from "../http-errors.ts";
import { asList, asRecord, asText, type JsonRecord, parseJson } from "../json.ts";
import type { ProviderEvent } from "../provider.ts";
import { isFailure, mapFinishReason } from "./finish-reason.ts";
import { decodeError, readArguments, readContent, readReasoning, startedEvent } from "./response.ts";
import { decodeUsage } from "./usage.ts";

/**
 * Understands a stream of chat completion chunks. Its terminal marker is a chunk with a finish reason, or `[DONE]`:
 * either is sent on purpose, at the end only. Usage follows the finish reason, so `finished` is held back for it; a
 * connection that breaks between the two has still brought the whole answer.
 */
export function createStreamDecoder(requestId: string | undefined): StreamDecoder {
  let state: StreamState = "open";
  let started = false;
  let declined = false;
  let finish: unknown;
  let usage: Usage | undefined;
  const toolCalls = createToolCallIndex();

  function finishReason(): FinishReason {
    return mapFinishReason(finish, toolCalls.count() > 0, declined);
  }

  function pushDelta(delta: JsonRecord, out: ProviderEvent[]): void {
    const reasoning = readReasoning(delta);
    if (reasoning !== undefined) out.push({ type: "reasoning_delta", text: reasoning });
    const text = readContent(delta.content);
    if (text !== undefined) out.push({ type: "text_delta", text });
    const refusal = asText(delta.refusal);
    if (refusal !== undefined) {
      declined = true;
      out.push({ type: "text_delta", text: refusal });
    }
    for (const value of asList(delta.tool_calls)) {
      const call = asRecord(value);
      if (call !== undefined) out.push(toolCalls.event(call));
    }
  }

  return {
    state: () => state,
    push(data, out) {
      if (data === "[DONE]") {
        if (!started) throw badResponse("The provider's stream ended before it said anything.", 200);
        state = "finished";
        return;
      }
      const chunk = asRecord(parseJson(data));
      if (chunk === undefined)
        throw badResponse("The provider's stream holds something that is not JSON.", 200);
      if ((chunk.error !== undefined && chunk.error !== null) || chunk.object === "error") {
        throw inBandError(decodeError(chunk) ?? {}, started);
      }
      usage = decodeUsage(chunk) ?? usage;
      const choice = asRecord(asList(chunk.choices)[0]);
      if (!started) {
        if (!Array.isArray(chunk.choices) && usage === undefined) {
          throw badResponse("The provider's stream holds JSON that is no chat completion chunk.", 200);
        }
        // Azure opens with a piece about the prompt that names neither model nor answer.
        if (choice === undefined && usage === undefined) return;
        started = true;
        out.push(startedEvent(chunk, requestId));
      }
      if (choice === undefined) return;
      const delta = asRecord(choice.delta) ?? asRecord(choice.message);
      if (delta !== undefined) pushDelta(delta, out);
      if (choice.finish_reason === undefined || choice.finish_reason === null || choice.finish_reason === "")
        return;
      if (isFailure(choice.finish_reason)) throw inBandError({ status: 503 }, true);
      finish = choice.finish_reason;
      state = "closing";
    },
    end(out) {
      if (usage !== undefined) out.push({ type: "usage", usage });
      if (state !== "open") out.push({ type: "finished", reason: finishReason() });
    },
  };
}

/**
 * Numbers tool calls from 0 without gaps, whatever index the server gives them: some give none, some give every call
 * the same. A new id is a new call.
 */
function createToolCallIndex(): { event(call: JsonRecord): ProviderEvent; count(): number } {
  const known = new Map<unknown, { readonly index: number; readonly id: string }>();
  let count = 0;
  let lastKey: unknown;
  return {
    count: () => count,
    event(call) {
      const target = asRecord(call.function);
      const givenId = asText(call.id);
      const name = asText(target?.name);
      const key = call.index ?? givenId ?? lastKey;
      let entry = known.get(key);
      const isNew = entry === undefined || (givenId !== undefined && givenId !== entry.id);
      if (entry === undefined || isNew) {
        entry = { index: count, id: givenId ?? `call_${count}` };
        known.set(key, entry);
        count += 1;
      }
      lastKey = key;
      return {
        type: "tool_call_delta",
        index: entry.index,
        ...(isNew ? { callId: entry.id } : {}),
        ...(name === undefined ? {} : { name }),
        argumentsDelta: readArguments(target?.arguments),
      };
    },
  };
}
