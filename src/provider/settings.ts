import { z } from "zod";

/** The providers that are spoken to over HTTP. */
export const httpProviderNames = [
  "openai",
  "openai_compatible",
  "azure",
  "ollama",
  "groq",
  "mistral",
  "deepseek",
  "vllm",
  "anthropic",
  "gemini",
  "simulated",
] as const;

/** A provider that is spoken to over HTTP. */
export type HttpProviderName = (typeof httpProviderNames)[number];

/** How one provider is reached. Unknown members are mistakes. */
export const providerSettingsSchema = z.strictObject({
  /** Whose format is spoken. */
  provider: z.enum(httpProviderNames),
  /**
   * Where the provider is, with its version, such as "https://api.openai.com/v1". Without a path the provider's usual
   * one is taken. Default: the provider's public address, where it has one.
   */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The credential. Kept in memory only; in no error, log or record. */
  apiKey: z
    .string()
    .min(1)
    .regex(/^[\x21-\x7e]+$/, "must be printable and without spaces")
    .optional(),
  /** Further headers of every call. */
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/), z.string().regex(/^[\x20-\x7e\t]*$/))
    .optional(),
  /** Further query parameters of every call, such as Azure's `api-version`. */
  query: z.record(z.string().min(1), z.string()).optional(),
  /** The field of the output limit in the OpenAI format. Default: what the provider documents. */
  maxTokensField: z.enum(["max_completion_tokens", "max_tokens"]).optional(),
  /** The output limit that is sent where the format demands one and neither call nor target has one. Default 4,096. */
  defaultMaxOutputTokens: z.int().min(1).max(1_000_000).optional(),
  /** The most sockets at once. Default 512. */
  maxConnections: z.int().min(1).max(65_535).optional(),
  /** Milliseconds to connect. Default 5,000. */
  connectTimeoutMs: z.int().min(1).max(600_000).optional(),
  /** Milliseconds from the request to the answer's headers. Default 600,000. */
  headersTimeoutMs: z.int().min(1).max(3_600_000).optional(),
  /** Milliseconds between two pieces of an answer. Default 120,000. */
  bodyTimeoutMs: z.int().min(1).max(3_600_000).optional(),
  /** The most bytes of a whole answer. Default 16 MiB. */
  maxBodyBytes: z.int().min(1_024).optional(),
  /** The most bytes until a server-sent event is complete. Default 1 MiB. */
  maxEventBytes: z.int().min(1_024).optional(),
  /** The most bytes of a whole stream. Default 64 MiB. */
  maxStreamBytes: z.int().min(1_024).optional(),
  /** A certificate authority in PEM to trust instead of the system's. */
  certificateAuthority: z.string().min(1).optional(),
});

/** How one provider is reached. */
export type ProviderSettings = z.input<typeof providerSettingsSchema>;
