import { z } from "zod";
import { type HttpProviderName, httpProviderNames } from "./provider/settings.ts";
import { modelSchema as simulatedModelSchema } from "./provider/simulated/profile.ts";

/** A name in the configuration. */
export const id = z.string().regex(/^[a-z0-9_.-]{1,64}$/, "must be 1 to 64 characters out of [a-z0-9_.-]");

const dollarsPerMillion = z.number().min(0).max(100_000);
const share = z.number().min(0).max(1);
const bytes = z
  .int()
  .min(1_024)
  .max(1024 * 1024 * 1024);

/** Bounds of the connections to one provider. Defaults: those of the HTTP client. */
const connectionSchema = z.strictObject({
  max_connections: z.int().min(1).max(65_535).default(512),
  connect_timeout_ms: z.int().min(1).max(600_000).default(5_000),
  /** From the request to the answer's headers. The caller's deadline and the policy's per-try timeout are usually shorter. */
  headers_timeout_ms: z.int().min(1).max(3_600_000).default(600_000),
  /** Between two pieces of an answer. */
  idle_timeout_ms: z.int().min(1).max(3_600_000).default(120_000),
  max_answer_bytes: bytes.default(16 * 1024 * 1024),
  max_event_bytes: bytes.default(1024 * 1024),
  max_stream_bytes: bytes.default(64 * 1024 * 1024),
});

/** A model in this process. */
const localSchema = z.strictObject({
  /** The GGUF file, relative to the configuration. */
  model_file: z.string().min(1),
  /** Conversations at once. */
  concurrency: z.int().min(1).max(256).default(1),
  /** Tokens of one conversation. If not set, what fits into memory. */
  context_size: z.int().min(128).max(100_000_000).optional(),
  /** Layers on the graphics card. If not set, what fits. */
  gpu_layers: z.int().min(0).max(10_000).optional(),
});

/** A provider of the AI SDK. */
const aiSdkSchema = z.strictObject({
  /** The package, such as "@ai-sdk/amazon-bedrock". */
  package: z.string().min(1).max(256),
  /** The export that makes the provider. If not set, the only one that is named "create...". */
  factory: z.string().min(1).max(256).optional(),
  /** What that is given, such as apiKey or region. */
  settings: z.record(z.string(), z.unknown()).default({}),
});

const capability = z.enum(["tools", "images", "audio", "documents", "json_schema", "reasoning", "guarded"]);

/** One target: whom requests may be routed to, and how it is reached. */
export const targetSchema = z
  .strictObject({
    id,
    provider: z.enum([...httpProviderNames, "knowledge", "local", "ai_sdk"]),
    model: z.string().min(1).max(256).optional(),
    base_url: z.url({ protocol: /^https?$/ }).optional(),
    api_key: z.string().min(1).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    query: z.record(z.string(), z.string()).optional(),
    max_tokens_field: z.enum(["max_completion_tokens", "max_tokens"]).optional(),
    certificate_authority_file: z.string().min(1).optional(),
    /** Bounds of the connections to a provider over HTTP. */
    connection: connectionSchema.optional(),
    /** For provider `local`: the model in this process. */
    local: localSchema.optional(),
    /** For provider `ai_sdk`: the package that answers. */
    ai_sdk: aiSdkSchema.optional(),
    /** US dollars per million tokens. Default: free. */
    price: z
      .strictObject({
        input: dollarsPerMillion,
        cached_input: dollarsPerMillion.optional(),
        output: dollarsPerMillion,
        cache_write: dollarsPerMillion.optional(),
      })
      .default({ input: 0, output: 0 }),
    context_window: z.int().min(0).max(100_000_000).default(0),
    max_output_tokens: z.int().min(0).max(10_000_000).default(0),
    capabilities: z.array(capability).default([]),
    region: z.string().max(64).default(""),
    tags: z.array(id).max(32).default([]),
    no_retention: z.boolean().default(false),
    /** What is assumed before it is measured. */
    prior: z
      .strictObject({
        strength: share.optional(),
        task_strengths: z.record(z.string(), share).default({}),
        time_to_first_token_ms: z.number().min(0).max(600_000).optional(),
        tokens_per_second: z.number().positive().max(1e6).optional(),
      })
      .prefault({}),
    /** Calls under way at once, at most. Default 256. */
    max_concurrency: z.int().min(1).max(100_000).default(256),
    /** For provider `knowledge`: the collection that it answers from. */
    collection: id.optional(),
    /** For provider `simulated` without `base_url`: how the simulated model behaves. */
    simulate: simulatedModelSchema.optional(),
  })
  .superRefine((given, context) => {
    const { provider, base_url, model, simulate } = given;
    const issue = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    for (const [key, name] of [
      ["collection", "knowledge"],
      ["local", "local"],
      ["ai_sdk", "ai_sdk"],
    ] as const) {
      if (provider === name && given[key] === undefined) issue(key, `is needed by provider ${name}`);
      if (provider !== name && given[key] !== undefined) issue(key, `is for provider ${name} only`);
    }
    if (!isOverHttp(provider)) {
      for (const key of OVER_HTTP_ONLY)
        if (given[key] !== undefined) issue(key, `means nothing to provider ${provider}`);
    }
    if (provider !== "knowledge" && provider !== "local" && !model) issue("model", "is needed");
    if (simulate && provider !== "simulated") issue("simulate", "is for provider simulated only");
    if (simulate && base_url)
      issue("simulate", "is for targets without base_url: that server has a profile of its own");
  });

/** Whether a provider is spoken to over HTTP by us. */
export function isOverHttp(provider: string): provider is HttpProviderName {
  return httpProviderNames.some((name) => name === provider);
}

const OVER_HTTP_ONLY = [
  "base_url",
  "api_key",
  "headers",
  "query",
  "max_tokens_field",
  "certificate_authority_file",
  "connection",
] as const;
