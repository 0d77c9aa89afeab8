import { z } from "zod";

/** The section of the answer cache. Which requests may use it, and for how long, is policy's. */
export const cacheSettingsSchema = z
  .strictObject({
    /** The most bytes of answers that are kept. Default 256 MiB. */
    max_bytes: z.int().min(1_048_576).max(1_099_511_627_776).default(268_435_456),
    /** The most answers that are kept. */
    max_entries: z.int().min(1).max(100_000_000).default(100_000),
    /** How long a look-up may take before it counts as a miss, in milliseconds. */
    timeout_ms: z.int().min(1).max(10_000).default(250),
  })
  .transform(({ max_bytes, max_entries, timeout_ms }) => ({
    maxBytes: max_bytes,
    maxEntries: max_entries,
    timeoutMs: timeout_ms,
  }));
