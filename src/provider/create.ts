import { createAnthropicDialect } from "./anthropic/index.ts";
import type { Dialect } from "./dialect.ts";
import { geminiDialect } from "./gemini/index.ts";
import { createHttpClient } from "./http.ts";
import { createHttpProvider } from "./http-provider.ts";
import {
  compatibleFlavour,
  deepSeekFlavour,
  groqFlavour,
  mistralFlavour,
  type OpenAiFlavour,
  openAiFlavour,
} from "./openai/flavour.ts";
import { createOpenAiDialect } from "./openai/index.ts";
import type { Provider } from "./provider.ts";
import { type HttpProviderName, type ProviderSettings, providerSettingsSchema } from "./settings.ts";

/** What a provider needs from its surroundings. */
export interface ProviderSurroundings {
  /** Milliseconds since the Unix epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

/**
 * Makes a provider that is spoken to over HTTP. Connects to nothing yet.
 * @throws ZodError for settings that are none; Error where a base URL is needed and missing.
 */
export function createProvider(
  settings: ProviderSettings,
  surroundings: ProviderSurroundings = {},
): Provider {
  const parsed = providerSettingsSchema.parse(settings);
  const profile = PROFILES[parsed.provider];
  const address = parsed.baseUrl ?? profile.usualUrl;
  if (address === undefined) throw new Error(`A target of provider ${parsed.provider} needs a base URL.`);
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, "");
  const { provider: _provider, baseUrl: _baseUrl, apiKey, headers, query, ...rest } = parsed;
  const { maxTokensField: _field, defaultMaxOutputTokens: _limit, ...limits } = rest;
  const search = new URLSearchParams([...url.searchParams, ...Object.entries(query ?? {})]).toString();
  return createHttpProvider({
    dialect: profile.dialect({ ...parsed, path }),
    client: createHttpClient({ origin: url.origin, ...withoutUndefined(limits) }),
    pathPrefix: path === "" ? profile.usualPath : path,
    queryString: search === "" ? "" : `?${search}`,
    headers: mergeHeaders([
      "content-type",
      "application/json",
      "accept",
      "application/json, text/event-stream",
      ...profile.headers,
      ...(apiKey === undefined ? [] : profile.authorize(apiKey)),
      ...Object.entries(headers ?? {}).flat(),
    ]),
    callIdHeader: profile.callIdHeader,
    now: surroundings.now ?? Date.now,
  });
}

interface DialectSettings {
  readonly maxTokensField?: "max_completion_tokens" | "max_tokens" | undefined;
  readonly defaultMaxOutputTokens?: number | undefined;
  /** The path of the base URL; empty for none. */
  readonly path: string;
}

interface Profile {
  readonly dialect: (settings: DialectSettings) => Dialect;
  /** Where the provider is, if it is in one place. */
  readonly usualUrl: string | undefined;
  /** The path of a base URL that was given without one. */
  readonly usualPath: string;
  /** The header by which the provider knows a call again. */
  readonly callIdHeader: string | undefined;
  readonly authorize: (apiKey: string) => string[];
  /** Names and values in turn that the format itself wants. */
  readonly headers: readonly string[];
}

const bearer = (apiKey: string): string[] => ["authorization", `Bearer ${apiKey}`];

function openAiProfile(flavour: OpenAiFlavour, usualUrl: string | undefined, usualPath = "/v1"): Profile {
  return {
    dialect: ({ maxTokensField }) =>
      createOpenAiDialect(maxTokensField === undefined ? flavour : { ...flavour, maxTokensField }),
    usualUrl,
    usualPath,
    callIdHeader: "x-client-request-id",
    authorize: bearer,
    headers: [],
  };
}

const PROFILES: Readonly<Record<HttpProviderName, Profile>> = {
  openai: openAiProfile(openAiFlavour, "https://api.openai.com/v1"),
  openai_compatible: openAiProfile(compatibleFlavour, undefined),
  azure: {
    ...openAiProfile(openAiFlavour, undefined, ""),
    // Azure's newer address, ".../openai/v1", has the model in the body like everybody else's.
    dialect: ({ maxTokensField, path }) =>
      createOpenAiDialect({
        ...openAiFlavour,
        name: "Azure OpenAI",
        maxTokensField: maxTokensField ?? "max_completion_tokens",
        modelInPath: !path.endsWith("/v1"),
      }),
    callIdHeader: "x-ms-client-request-id",
    authorize: (apiKey) => ["api-key", apiKey],
  },
  ollama: openAiProfile({ ...compatibleFlavour, name: "Ollama" }, "http://127.0.0.1:11434/v1"),
  groq: openAiProfile(groqFlavour, "https://api.groq.com/openai/v1", "/openai/v1"),
  mistral: openAiProfile(mistralFlavour, "https://api.mistral.ai/v1"),
  deepseek: openAiProfile(deepSeekFlavour, "https://api.deepseek.com/v1"),
  vllm: openAiProfile({ ...compatibleFlavour, name: "vLLM" }, "http://127.0.0.1:8000/v1"),
  anthropic: {
    dialect: ({ defaultMaxOutputTokens }) => createAnthropicDialect(defaultMaxOutputTokens ?? 4_096),
    usualUrl: "https://api.anthropic.com/v1",
    usualPath: "/v1",
    callIdHeader: undefined,
    authorize: (apiKey) => ["x-api-key", apiKey],
    headers: ["anthropic-version", "2023-06-01"],
  },
  gemini: {
    dialect: () => geminiDialect,
    usualUrl: "https://generativelanguage.googleapis.com/v1beta",
    usualPath: "/v1beta",
    callIdHeader: undefined,
    authorize: (apiKey) => ["x-goog-api-key", apiKey],
    headers: [],
  },
  simulated: openAiProfile({ ...compatibleFlavour, name: "simulated" }, undefined),
};

/** One value a name: a header of the settings takes the place of ours instead of standing beside it. */
function mergeHeaders(flat: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (let index = 0; index < flat.length; index += 2)
    merged.set(flat[index]!.toLowerCase(), flat[index + 1]!);
  return [...merged].flat();
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}
