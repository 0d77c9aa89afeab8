import { readFileSync } from "node:fs";
import { besideConfig, type LoadedConfig } from "./config.ts";
import type { TargetConfig } from "./config-schema.ts";
import type { AiSdkSettings } from "./provider/ai-sdk.ts";
import type { LocalSettings } from "./provider/local.ts";
import type { HttpProviderName, ProviderSettings } from "./provider/settings.ts";

/** What the configuration says of a target over HTTP, as its provider wants to hear it. @throws Error for a file that cannot be read. */
export function httpSettings(
  loaded: LoadedConfig,
  target: TargetConfig,
  provider: HttpProviderName,
  baseUrl: string | undefined,
): ProviderSettings {
  const { api_key, headers, query, max_tokens_field, certificate_authority_file, connection } = target;
  return {
    provider,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(api_key !== undefined && { apiKey: api_key }),
    ...(headers && { headers }),
    ...(query && { query }),
    ...(max_tokens_field && { maxTokensField: max_tokens_field }),
    ...(certificate_authority_file && {
      certificateAuthority: readFileSync(besideConfig(loaded, certificate_authority_file), "utf8"),
    }),
    ...(connection && {
      maxConnections: connection.max_connections,
      connectTimeoutMs: connection.connect_timeout_ms,
      headersTimeoutMs: connection.headers_timeout_ms,
      bodyTimeoutMs: connection.idle_timeout_ms,
      maxBodyBytes: connection.max_answer_bytes,
      maxEventBytes: connection.max_event_bytes,
      maxStreamBytes: connection.max_stream_bytes,
    }),
  };
}

/** What the configuration says of a model in this process. */
export function localSettings(
  loaded: LoadedConfig,
  local: NonNullable<TargetConfig["local"]>,
): LocalSettings {
  const { model_file, concurrency, context_size, gpu_layers } = local;
  return {
    modelPath: besideConfig(loaded, model_file),
    concurrency,
    ...(context_size !== undefined && { contextSize: context_size }),
    ...(gpu_layers !== undefined && { gpuLayers: gpu_layers }),
  };
}

/** What the configuration says of a provider of the AI SDK. */
export function aiSdkSettings(given: NonNullable<TargetConfig["ai_sdk"]>): AiSdkSettings {
  const { package: packageName, factory, settings } = given;
  return { packageName, settings, ...(factory !== undefined && { factory }) };
}
