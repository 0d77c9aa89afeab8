import type { Environment, LoadedConfig } from "./config.ts";
import type { TargetConfig } from "./config-schema.ts";
import { usualTargets } from "./usual-targets.ts";

/** How long a local Ollama may take to say which models it has, in milliseconds. */
const OLLAMA_PATIENCE_MS = 400;
/** Models of a local Ollama that are taken, at most. */
const MOST_OLLAMA_MODELS = 8;

/**
 * Adds to the default configuration the providers that this machine has: those whose usual environment variable holds a
 * key, and a local Ollama. A configuration of one's own is left as it is.
 */
export async function addFoundProviders(
  loaded: LoadedConfig,
  environment: Environment,
): Promise<LoadedConfig> {
  if (!loaded.isDefault) return loaded;
  const found = [...usualTargets(environment), ...(await ollamaTargets(environment))];
  return { ...loaded, config: { ...loaded.config, targets: [...loaded.config.targets, ...found] } };
}

async function ollamaTargets(environment: Environment): Promise<TargetConfig[]> {
  const origin = ollamaOrigin(environment.OLLAMA_HOST);
  if (!origin) return [];
  let names: string[];
  try {
    const response = await fetch(`${origin}/api/tags`, { signal: AbortSignal.timeout(OLLAMA_PATIENCE_MS) });
    const body: unknown = await response.json();
    names = modelNames(body);
  } catch {
    return [];
  }
  return names.slice(0, MOST_OLLAMA_MODELS).map((name) => ({
    id: `ollama-${name.toLowerCase().replace(/[^a-z0-9_.-]+/g, "-")}`.slice(0, 64),
    provider: "ollama",
    model: name,
    base_url: `${origin}/v1`,
    price: { input: 0, output: 0 },
    context_window: 8_192,
    max_output_tokens: 0,
    capabilities: [],
    region: "local",
    tags: ["local"],
    no_retention: true,
    prior: { strength: 0.45, task_strengths: {}, time_to_first_token_ms: 600, tokens_per_second: 30 },
    max_concurrency: 4,
  }));
}

/** OLLAMA_HOST may be a host, host:port or a URL. Undefined where it is none of them. */
function ollamaOrigin(given: string | undefined): string | undefined {
  const text = given ? (/^https?:\/\//.test(given) ? given : `http://${given}`) : "http://127.0.0.1:11434";
  const url = URL.parse(text);
  if (!url) return undefined;
  if (given && url.port === "" && url.protocol === "http:") url.port = "11434";
  return url.origin.replace("//0.0.0.0", "//127.0.0.1");
}

function modelNames(body: unknown): string[] {
  if (typeof body !== "object" || body === null || !("models" in body) || !Array.isArray(body.models))
    return [];
  return body.models.flatMap((model: unknown) =>
    typeof model === "object" && model !== null && "name" in model && typeof model.name === "string"
      ? [model.name]
      : [],
  );
}
