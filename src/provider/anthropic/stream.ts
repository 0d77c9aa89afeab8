import { inBandError } from "../answer-errors.ts";
import type { StreamDecoder, StreamState } from "../dialect.ts";
import { badResponse } from "../http-errors.ts";
import { asRecord, asText, type JsonRecord, parseJson } from "../json.ts";
import type { ProviderEvent } from "../provider.ts";
import { mapFinishReason } from "./finish-reason.ts";
import { REDACTED } from "./messages.ts";
import { decodeError, startedEvent, tokenEvent, toolCallStart } from "./response.ts";
import { decodeUsage } from "./usage.ts";

/**
 * Understands a stream of message events. Its terminal marker is `message_stop`; a stop reason alone is not enough.
 * @param jsonToolName the tool whose arguments are the answer; undefined where text was asked for.
 */
export function createStreamDecoder(
  jsonToolName: string | undefined,
  requestId: string | undefined,
): StreamDecoder {
  let state: StreamState = "open";
  let started = false;
  let stopReason: unknown;
  let counts: JsonRecord = {};
  let toolCallCount = 0;
  const toolBlocks = new Map<unknown, ToolBlock>();

  function pushUsage(value: unknown, out: ProviderEvent[]): void {
    const counted = decodeUsage(value, counts);
    if (counted === undefined) return;
    counts = counted.raw;
    // At once, the first one too: a call that is cancelled has cost its input.
    out.push({ type: "usage", usage: counted.usage });
  }

  function startBlock(event: JsonRecord, out: ProviderEvent[]): void {
    const block = asRecord(event.content_block);
    if (block === undefined) return;
    if (block.type === "tool_use") {
      const answers = block.name === jsonToolName;
      toolBlocks.set(event.index, { index: toolCallCount, answers, input: block.input, empty: true });
      if (answers) return;
      out.push(toolCallStart(block, toolCallCount, ""));
      toolCallCount += 1;
      return;
    }
    const text = asText(block.text);
    if (block.type === "text" && text !== undefined) out.push({ type: "text_delta", text });
    const data = asText(block.data);
    if (block.type === "redacted_thinking" && data !== undefined) out.push(tokenEvent(REDACTED, data));
  }

  function pushDelta(event: JsonRecord, out: ProviderEvent[]): void {
    const delta = asRecord(event.delta);
    const text =
      asText(delta?.text) ??
      asText(delta?.thinking) ??
      asText(delta?.signature) ??
      asText(delta?.partial_json);
    if (delta === undefined || text === undefined) return;
    if (delta.type === "text_delta") out.push({ type: "text_delta", text });
    else if (delta.type === "thinking_delta") out.push({ type: "reasoning_delta", text });
    else if (delta.type === "signature_delta") out.push(tokenEvent("anthropic", text));
    else if (delta.type === "input_json_delta") {
      const block = toolBlocks.get(event.index);
      // Tools that the provider runs itself have arguments too, and are none of the caller's.
      if (block === undefined) return;
      block.empty = false;
      out.push(argumentsEvent(block, text));
    }
  }

  function stopBlock(event: JsonRecord, out: ProviderEvent[]): void {
    const block = toolBlocks.get(event.index);
    // A call without arguments sends none, or all of them in its opening.
    if (block?.empty) out.push(argumentsEvent(block, JSON.stringify(block.input ?? {})));
    toolBlocks.delete(event.index);
  }

  return {
    state: () => state,
    push(data, out) {
      const event = asRecord(parseJson(data));
      if (event === undefined)
        throw badResponse("The provider's stream holds something that is not JSON.", 200);
      switch (event.type) {
        case "message_start": {
          const message = asRecord(event.message) ?? {};
          started = true;
          out.push(startedEvent(message, requestId));
          pushUsage(message.usage, out);
          break;
        }
        case "content_block_start":
          startBlock(event, out);
          break;
        case "content_block_delta":
          pushDelta(event, out);
          break;
        case "content_block_stop":
          stopBlock(event, out);
          break;
        case "message_delta":
          stopReason = asRecord(event.delta)?.stop_reason ?? stopReason;
          pushUsage(event.usage, out);
          break;
        case "message_stop":
          if (!started) throw badResponse("The provider's stream ended before it said anything.", 200);
          state = "finished";
          break;
        case "error":
          throw inBandError(decodeError(event) ?? {}, started);
        default:
          // Pings, and kinds of events that are yet to be invented.
          if (typeof event.type !== "string") {
            throw badResponse("The provider's stream holds JSON that is no message event.", 200);
          }
      }
    },
    end(out) {
      if (state !== "finished") return;
      out.push({ type: "finished", reason: mapFinishReason(stopReason, toolCallCount > 0) });
    },
  };
}

interface ToolBlock {
  readonly index: number;
  /** Whether its arguments are the answer. */
  readonly answers: boolean;
  readonly input: unknown;
  empty: boolean;
}

function argumentsEvent(block: ToolBlock, text: string): ProviderEvent {
  return block.answers
    ? { type: "text_delta", text }
    : { type: "tool_call_delta", index: block.index, argumentsDelta: text };
}
