import { z } from "zod";

const rate = z.number().min(0).max(1);
const milliseconds = z.number().min(0).max(600_000);

const durationSchema = z.union([
  milliseconds,
  z.strictObject({ type: z.literal("constant"), ms: milliseconds }),
  z.strictObject({ type: z.literal("uniform"), min_ms: milliseconds, max_ms: milliseconds }),
  z.strictObject({ type: z.literal("exponential"), mean_ms: milliseconds }),
  z.strictObject({ type: z.literal("lognormal"), median_ms: milliseconds, sigma: z.number().min(0).max(3) }),
]);

/** Every way in which a simulated model can fail. */
const faultKinds = [
  "rate_limited",
  "server_error",
  "unavailable",
  "hang",
  "reset",
  "cut",
  "garbage",
  "html",
  "half_json",
  "empty",
  "endless",
] as const;

const faultSchema = z.strictObject({
  /**
   * `rate_limited` 429, `server_error` 500, `unavailable` 503; `hang` never answers, `reset` closes the socket first,
   * `cut` closes it half-way, `garbage`, `html` and `half_json` answer that, `empty` nothing, `endless` without end.
   */
  kind: z.enum(faultKinds),
  /** The share of requests that it befalls. */
  rate,
  /** What `rate_limited` and `unavailable` say in Retry-After. If not set, 1,000 for the former and nothing for the latter. */
  retry_after_ms: milliseconds.optional(),
});

const scriptSchema = z.strictObject({
  /** Applies where the last user turn contains this text, whatever the case. */
  when: z.string().min(1),
  /** What is answered. */
  answer: z.string(),
  /** What is answered where the model gets it wrong. If not set, the answer is bent. */
  wrong_answer: z.string().optional(),
  /** How difficult the prompt is, 0 to 1. If not set, it is guessed from the text. */
  difficulty: rate.optional(),
});

/** How one simulated model behaves, as it is written. */
export const modelSchema = z.strictObject({
  /** From the request to the first token. Default: at once. */
  time_to_first_token: durationSchema.default(0),
  /** Tokens per second after the first one. 0, the default: all at once. */
  tokens_per_second: z.number().min(0).max(1_000_000).default(0),
  /** How far the time between two tokens strays, as a share of itself. Default 0. */
  jitter: rate.default(0),
  /** What goes wrong how often; the rates add up to 1 at most. */
  faults: z
    .array(faultSchema)
    .max(32)
    .default([])
    .refine(
      (faults) => faults.reduce((sum, fault) => sum + fault.rate, 0) <= 1 + 1e-9,
      "rates add up to more than 1",
    ),
  /** The share of requests that are declined. Default 0. */
  refusal_rate: rate.default(0),
  /** Difficulty at which half of the answers are right, 0 to 1. If not set, every answer is right. */
  strength: rate.optional(),
  /** Strength by task, where it differs. Keys are task names such as "math_reasoning". */
  task_strengths: z.record(z.string(), rate).default({}),
  /** How sharply the chance of a right answer falls around `strength`. Default 10. */
  sharpness: z.number().min(0).max(100).default(10),
  /** Answers to known prompts; the first that applies. */
  scripts: z.array(scriptSchema).max(10_000).default([]),
});

/** What a simulator plays: any model by name, `default_model` for every other name. */
export const simulatorProfileSchema = z.strictObject({
  /** Makes every draw repeatable. Default 1. */
  seed: z.int().min(0).max(0xffffffff).default(1),
  /** Models by name. */
  models: z.record(z.string().min(1), modelSchema).default({}),
  /** What models without an entry of their own are like. */
  default_model: modelSchema.prefault({}),
});

/** What a simulator plays, as it is written in a file. */
export type SimulatorProfile = z.input<typeof simulatorProfileSchema>;

/** What a simulator plays, complete. */
export type CompleteProfile = z.output<typeof simulatorProfileSchema>;

/** How one model behaves, complete. */
export type ModelProfile = z.output<typeof modelSchema>;

/** One way to fail. */
export type Fault = z.output<typeof faultSchema>;

/** How long something takes. */
export type DurationProfile = z.output<typeof durationSchema>;
