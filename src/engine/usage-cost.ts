import type { Usage } from "#gen/pointsman/v1/completion_pb.ts";
import type { Price } from "#gen/pointsman/v1/target_pb.ts";

/** What tokens cost, in US dollars. Cached reads and cache writes have prices of their own where the target names them. */
export function usageCost(price: Price | undefined, usage: Usage): number {
  if (!price) return 0;
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens, usage.inputTokens - cached);
  const plain = usage.inputTokens - cached - written;
  return (
    (plain * price.input +
      cached * (price.cachedInput ?? price.input) +
      written * (price.cacheWrite ?? price.input) +
      usage.outputTokens * price.output) /
    1e6
  );
}
