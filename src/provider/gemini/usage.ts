import { create } from "@bufbuild/protobuf";
import { type Usage, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { asCount, asRecord } from "../json.ts";

/** The counts of an answer or chunk; undefined where it has none. Gemini counts thoughts beside the output. */
export function decodeUsage(value: unknown): Usage | undefined {
  const counts = asRecord(value);
  if (counts === undefined) return undefined;
  const reasoning = asCount(counts.thoughtsTokenCount);
  return create(UsageSchema, {
    inputTokens: asCount(counts.promptTokenCount) + asCount(counts.toolUsePromptTokenCount),
    cachedInputTokens: asCount(counts.cachedContentTokenCount),
    outputTokens: asCount(counts.candidatesTokenCount) + reasoning,
    reasoningTokens: reasoning,
  });
}
