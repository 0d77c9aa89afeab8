import { z } from "zod";

const id = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/, "must be 1 to 64 letters, digits, dots, dashes or underscores");

/** Which of the values of a scope a limit is for; `*` stands for any text. */
const match = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100)])
  .transform((given) => (typeof given === "string" ? [given] : given))
  .optional();

const whenStoreAway = {
  /** What happens while the store is away and this process holds too little: refuse, or use a stated share. */
  when_store_away: z.enum(["closed", "local_share"]).default("closed"),
  /** The share of the limit that each process may use on its own while the store is away, over 0 to 1. */
  share: z.number().positive().max(1).optional(),
};

const UNITS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 };

const limit = z
  .strictObject({
    id,
    scope: z.enum(["key", "app", "tenant", "target"]),
    match,
    requests: z.int().positive().max(1e9).optional(),
    tokens: z.int().positive().max(1e12).optional(),
    per: z.enum(["second", "minute", "hour", "day"]).default("minute"),
    /** The most that may be used at one moment. Default: the whole amount. */
    burst: z.int().positive().max(1e12).optional(),
    ...whenStoreAway,
  })
  .superRefine((given, context) => {
    if ((given.requests === undefined) === (given.tokens === undefined)) {
      context.addIssue({
        code: "custom",
        message: "must have either requests or tokens",
        path: ["requests"],
      });
    }
    checkShare(given, context);
  })
  .transform(({ requests, tokens, per, burst, when_store_away, share, ...rest }) => {
    const amount = requests ?? tokens ?? 0;
    return {
      ...rest,
      unit: requests === undefined ? ("tokens" as const) : ("requests" as const),
      capacity: burst ?? amount,
      refillPerMs: amount / UNITS[per],
      per,
      awayShare: when_store_away === "local_share" ? (share ?? 0) : 0,
    };
  });

const budget = z
  .strictObject({
    id,
    scope: z.enum(["key", "app", "tenant"]),
    match,
    dollars: z.number().positive().max(1e9),
    period: z.enum(["day", "week", "month", "total"]).default("month"),
    /** Shares of the budget at which an event is raised, once a period. */
    soft: z.array(z.number().positive().max(1)).max(10).default([0.8]),
    ...whenStoreAway,
  })
  .superRefine(checkShare)
  .transform(({ dollars, when_store_away, share, ...rest }) => ({
    ...rest,
    capacity: Math.floor(dollars * 1e6 + 1e-6),
    awayShare: when_store_away === "local_share" ? (share ?? 0) : 0,
  }));

/** How processes agree with the store that counts. */
export const limitStoreSchema = z.strictObject({
  /** How long the store may take for one exchange before it counts as away, in milliseconds. */
  timeout_ms: z.int().min(10).max(60_000).default(1_000),
  /** How long a process may be silent before what it holds counts as spent, in milliseconds. */
  hold_ms: z.int().min(1_000).max(3_600_000).default(30_000),
  /** How long what was used may stay unreported while there is plenty, in milliseconds. */
  flush_ms: z.int().min(5).max(10_000).default(100),
});

/** The section of limits and budgets: what is given, checked, with every default filled in. */
export const limitSettingsSchema = z
  .strictObject({
    limits: z.array(limit).max(1_000).default([]),
    budgets: z.array(budget).max(1_000).default([]),
    limit_store: limitStoreSchema.prefault({}),
  })
  .superRefine(({ limits, budgets }, context) => {
    const seen = new Set<string>();
    for (const [list, items] of [["limits", limits] as const, ["budgets", budgets] as const]) {
      for (const [index, item] of items.entries()) {
        if (seen.has(item.id)) {
          context.addIssue({
            code: "custom",
            message: `the id "${item.id}" is used twice`,
            path: [list, index, "id"],
          });
        }
        seen.add(item.id);
      }
    }
  })
  .transform(({ limits, budgets, limit_store }) => ({
    limits,
    budgets,
    storeTimeoutMs: limit_store.timeout_ms,
    holdMs: limit_store.hold_ms,
    flushMs: limit_store.flush_ms,
  }));

/** Limits and budgets as the room uses them. */
export type LimitSettings = z.output<typeof limitSettingsSchema>;

/** One rate limit. */
export type LimitRule = LimitSettings["limits"][number];

/** One budget; its capacity is in micros of a US dollar. */
export type BudgetRule = LimitSettings["budgets"][number];

function checkShare(
  given: { when_store_away: "closed" | "local_share"; share?: number | undefined },
  context: z.RefinementCtx,
): void {
  if (given.when_store_away === "local_share" && given.share === undefined) {
    context.addIssue({ code: "custom", message: "local_share needs a share over 0 to 1", path: ["share"] });
  }
  if (given.when_store_away === "closed" && given.share !== undefined) {
    context.addIssue({ code: "custom", message: "a share has no effect with closed", path: ["share"] });
  }
}
