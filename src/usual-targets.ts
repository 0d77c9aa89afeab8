import type { Environment } from "./config.ts";
import type { TargetConfig } from "./config-schema.ts";

/**
 * Targets of the large providers, for trying things out. Prices in US dollars per million tokens are those of the
 * providers' public lists of late 2025; write a pointsman.yaml with your own before you rely on them.
 */
export function usualTargets(environment: Environment): TargetConfig[] {
  const openai = environment.OPENAI_API_KEY;
  const anthropic = environment.ANTHROPIC_API_KEY;
  const gemini = environment.GEMINI_API_KEY ?? environment.GOOGLE_API_KEY;
  return [
    ...(openai
      ? [
          target("openai-small", "openai", "gpt-5-mini", openai, [0.25, 0.025, 2], ["small"], 0.65),
          target("openai-large", "openai", "gpt-5", openai, [1.25, 0.125, 10], ["reasoning", "code"], 0.85),
        ]
      : []),
    ...(anthropic
      ? [
          target(
            "anthropic-small",
            "anthropic",
            "claude-haiku-4-5",
            anthropic,
            [1, 0.1, 5],
            ["small", "code"],
            0.7,
          ),
          target(
            "anthropic-large",
            "anthropic",
            "claude-sonnet-4-5",
            anthropic,
            [3, 0.3, 15],
            ["reasoning", "code"],
            0.85,
          ),
        ]
      : []),
    ...(gemini
      ? [
          target("gemini-small", "gemini", "gemini-2.5-flash", gemini, [0.3, 0.03, 2.5], ["small"], 0.68),
          target(
            "gemini-large",
            "gemini",
            "gemini-2.5-pro",
            gemini,
            [1.25, 0.125, 10],
            ["reasoning", "code"],
            0.83,
          ),
        ]
      : []),
  ];
}

function target(
  id: string,
  provider: TargetConfig["provider"],
  model: string,
  api_key: string,
  [input, cached_input, output]: readonly [number, number, number],
  tags: string[],
  strength: number,
): TargetConfig {
  return {
    id,
    provider,
    model,
    api_key,
    price: { input, cached_input, output },
    context_window: 200_000,
    max_output_tokens: 32_000,
    capabilities: ["tools", "images", "json_schema"],
    region: "",
    tags,
    no_retention: false,
    prior: { strength, task_strengths: {} },
    max_concurrency: 256,
  };
}
