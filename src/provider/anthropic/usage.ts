import { create } from "@bufbuild/protobuf";
import { type Usage, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { asCount, asRecord, type JsonRecord } from "../json.ts";

/**
 * The counts of an answer or event; undefined where it has none. Anthropic counts cached input beside the input, so
 * the three are added up. A stream's later counts replace the earlier ones member by member.
 * @param before the raw counts of earlier events.
 */
export function decodeUsage(
  value: unknown,
  before: JsonRecord = {},
): { usage: Usage; raw: JsonRecord } | undefined {
  const counts = asRecord(value);
  if (counts === undefined) return undefined;
  const raw = { ...before, ...counts };
  const cached = asCount(raw.cache_read_input_tokens);
  const written = asCount(raw.cache_creation_input_tokens);
  const usage = create(UsageSchema, {
    inputTokens: asCount(raw.input_tokens) + cached + written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    outputTokens: asCount(raw.output_tokens),
    reasoningTokens: asCount(asRecord(raw.output_tokens_details)?.thinking_tokens),
  });
  return { usage, raw };
}
