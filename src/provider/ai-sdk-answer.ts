import { create } from "@bufbuild/protobuf";
import { FinishReason, type Usage, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import type { AiSdkMetadata, AiSdkStreamPart } from "./ai-sdk-model.ts";
import { badResponse, unsupported } from "./http-errors.ts";
import { asCount, asRecord, asText } from "./json.ts";
import type { ProviderEvent } from "./provider.ts";
import { markToken } from "./provider-token.ts";

/** Understands an answer of the AI SDK's, part by part. Its terminal marker is the part `finish`. */
export interface AiSdkAnswer {
  /**
   * The events of one part.
   * @throws ProviderError INVALID_REQUEST where the provider says that it leaves something out that was asked for.
   */
  push(part: AiSdkStreamPart): ProviderEvent[];
}

/** Makes the reader of one answer. */
export function createAiSdkAnswer(): AiSdkAnswer {
  const toolCalls = new Map<string, number>();

  function indexOf(id: string | undefined): number {
    const index = toolCalls.get(id ?? "");
    if (index === undefined) throw badResponse("The provider's stream has arguments for no tool call.", 0);
    return index;
  }

  function openToolCall(
    id: string | undefined,
    part: AiSdkStreamPart,
    argumentsDelta: string,
  ): ProviderEvent {
    if (id === undefined || part.toolName === undefined) {
      throw badResponse("The provider's answer calls a tool without id or name.", 0);
    }
    const index = toolCalls.size;
    toolCalls.set(id, index);
    return {
      type: "tool_call_delta",
      index,
      callId: id,
      name: part.toolName,
      argumentsDelta,
      ...token(part.providerMetadata),
    };
  }

  return {
    push(part) {
      switch (part.type) {
        case "stream-start":
          refuseSilentLoss(part.warnings ?? []);
          return [];
        case "text-delta":
          return part.delta ? [{ type: "text_delta", text: part.delta }] : [];
        case "reasoning-start":
        case "reasoning-delta":
        case "reasoning-end":
          return part.delta || part.providerMetadata !== undefined
            ? [{ type: "reasoning_delta", text: part.delta ?? "", ...token(part.providerMetadata) }]
            : [];
        case "tool-input-start":
          return [openToolCall(part.id, part, "")];
        case "tool-input-delta":
          return [{ type: "tool_call_delta", index: indexOf(part.id), argumentsDelta: part.delta ?? "" }];
        case "tool-call": {
          if (!toolCalls.has(part.toolCallId ?? "")) {
            const text = typeof part.input === "string" ? part.input : JSON.stringify(part.input ?? {});
            return [openToolCall(part.toolCallId, part, text)];
          }
          const late = token(part.providerMetadata);
          const index = indexOf(part.toolCallId);
          return "providerToken" in late
            ? [{ type: "tool_call_delta", index, argumentsDelta: "", ...late }]
            : [];
        }
        case "finish":
          return [
            { type: "usage", usage: decodeUsage(part.usage) },
            { type: "finished", reason: mapFinishReason(part.finishReason) },
          ];
        default:
          return [];
      }
    },
  };
}

function token(metadata: AiSdkMetadata | undefined): { providerToken?: string } {
  return metadata === undefined ? {} : { providerToken: markToken("ai-sdk", JSON.stringify(metadata)) };
}

/** Where nothing is lost: a seed is sent "where a provider can". */
const HARMLESS: ReadonlySet<string> = new Set(["seed"]);

/** A provider that warns of leaving a setting out would answer another question than was asked. */
function refuseSilentLoss(warnings: readonly unknown[]): void {
  for (const value of warnings) {
    const warning = asRecord(value);
    const what = asText(warning?.setting) ?? asText(warning?.feature);
    if (!String(warning?.type).startsWith("unsupported") || (what !== undefined && HARMLESS.has(what)))
      continue;
    throw unsupported("provider's", what ?? "a part of the request");
  }
}

/** Version 2 counts flat, the later ones by kind. */
function decodeUsage(value: unknown): Usage {
  const usage = asRecord(value) ?? {};
  const input = asRecord(usage.inputTokens);
  const output = asRecord(usage.outputTokens);
  return create(UsageSchema, {
    inputTokens: asCount(input === undefined ? usage.inputTokens : input.total),
    cachedInputTokens: asCount(input === undefined ? usage.cachedInputTokens : input.cacheRead),
    cacheWriteTokens: asCount(input?.cacheWrite),
    outputTokens: asCount(output === undefined ? usage.outputTokens : output.total),
    reasoningTokens: asCount(output === undefined ? usage.reasoningTokens : output.reasoning),
  });
}

const REASONS: ReadonlyMap<unknown, FinishReason> = new Map([
  ["stop", FinishReason.STOP],
  ["length", FinishReason.LENGTH],
  ["tool-calls", FinishReason.TOOL_CALLS],
  ["content-filter", FinishReason.CONTENT_FILTER],
  ["interrupted", FinishReason.INTERRUPTED],
]);

function mapFinishReason(value: unknown): FinishReason {
  const reason = typeof value === "string" ? value : asRecord(value)?.unified;
  if (reason === "error") throw badResponse("The provider says that it stopped by an error.", 0);
  return REASONS.get(reason) ?? FinishReason.UNSPECIFIED;
}
