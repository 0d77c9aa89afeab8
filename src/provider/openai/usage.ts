import { create } from "@bufbuild/protobuf";
import { type Usage, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { asCount, asRecord } from "../json.ts";

/** The counts of an answer or chunk; undefined where it has none. Groq's streams have them in a place of their own. */
export function decodeUsage(answer: Readonly<Record<string, unknown>>): Usage | undefined {
  const usage = asRecord(answer.usage) ?? asRecord(asRecord(answer.x_groq)?.usage);
  if (usage === undefined) return undefined;
  const prompt = asRecord(usage.prompt_tokens_details);
  const completion = asRecord(usage.completion_tokens_details);
  const input = asCount(usage.prompt_tokens);
  const output = asCount(usage.completion_tokens);
  const reasoning = asCount(completion?.reasoning_tokens);
  // Some count thoughts beside the output instead of in it; the total tells.
  const beside = reasoning > 0 && asCount(usage.total_tokens) === input + output + reasoning;
  return create(UsageSchema, {
    inputTokens: input,
    cachedInputTokens: Math.min(input, asCount(prompt?.cached_tokens ?? usage.prompt_cache_hit_tokens)),
    outputTokens: beside ? output + reasoning : output,
    reasoningTokens: reasoning,
  });
}
