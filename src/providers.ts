import { readFileSync } from "node:fs";
import { besideConfig, ConfigError, type LoadedConfig } from "./config.ts";
import type { TargetConfig } from "./config-schema.ts";
import type { Collections } from "./open-collections.ts";
import { createProvider } from "./provider/create.ts";
import { createKnowledgeProvider } from "./provider/knowledge.ts";
import type { Provider } from "./provider/provider.ts";
import { createSimulator, type Simulator } from "./provider/simulated/server.ts";

/** Passages that a knowledge target answers from. */
const KNOWLEDGE_PASSAGES = 3;

/** The providers of one configuration, prepared but not yet in force. */
export interface PreparedProviders {
  providerOf(target: TargetConfig): Provider;
  /** Puts them into force; what it gives closes what only the former configuration used, once nobody needs it. */
  commit(): () => void;
  discard(): Promise<void>;
}

/** Providers by what they connect to: a reload keeps the connections of targets that stay as they are. */
export interface Providers {
  providerOf(target: TargetConfig): Provider;
  prepare(loaded: LoadedConfig): Promise<PreparedProviders>;
  close(): Promise<void>;
}

interface Held {
  readonly provider: Provider;
  readonly simulator: Simulator | undefined;
}

/** Makes the providers of the first configuration. @throws ConfigError for settings that cannot be used. */
export async function createProviders(loaded: LoadedConfig, collections: Collections): Promise<Providers> {
  let current = new Map<string, Held>();

  const prepare = async (next: LoadedConfig): Promise<PreparedProviders> => {
    const made = new Map<string, Held>();
    const discard = async (): Promise<void> => {
      for (const [key, held] of made) if (current.get(key) !== held) await closeHeld(held);
    };
    try {
      for (const [index, target] of next.config.targets.entries()) {
        const key = keyOf(target);
        if (!made.has(key)) made.set(key, current.get(key) ?? (await open(next, target, index, collections)));
      }
    } catch (error) {
      await discard();
      throw error;
    }
    return {
      providerOf: (target) => find(made, target),
      discard,
      commit() {
        const former = current;
        current = made;
        return () => {
          for (const [key, held] of former) if (made.get(key) !== held) void closeHeld(held);
        };
      },
    };
  };

  (await prepare(loaded)).commit();
  return {
    providerOf: (target) => find(current, target),
    prepare,
    async close() {
      for (const held of current.values()) await closeHeld(held);
      current.clear();
    },
  };
}

/** All that decides where and how a target is reached; price and tags do not. */
function keyOf(target: TargetConfig): string {
  const { provider, base_url, api_key, headers, query, max_tokens_field, certificate_authority_file } =
    target;
  const { collection, simulate, max_output_tokens } = target;
  const model = simulate ? target.model : undefined;
  return JSON.stringify([
    provider,
    base_url,
    api_key,
    headers,
    query,
    max_tokens_field,
    certificate_authority_file,
    collection,
    simulate,
    model,
    max_output_tokens,
  ]);
}

function find(made: ReadonlyMap<string, Held>, target: TargetConfig): Provider {
  const held = made.get(keyOf(target));
  if (!held) throw new Error(`target ${target.id} has no provider`);
  return held.provider;
}

async function open(
  loaded: LoadedConfig,
  target: TargetConfig,
  index: number,
  collections: Collections,
): Promise<Held> {
  const { provider, collection, model = "" } = target;
  if (provider === "knowledge") {
    if (!collection || !collections.ids.includes(collection)) {
      const message = `there is no collection ${JSON.stringify(collection ?? "")}`;
      throw new ConfigError(loaded.file, [{ path: `targets[${index}].collection`, line: 0, message }]);
    }
    const search = (query: string, count: number, signal: AbortSignal): ReturnType<Collections["search"]> =>
      collections.search(collection, query, count, signal);
    return {
      provider: createKnowledgeProvider({ search, passageCount: KNOWLEDGE_PASSAGES }),
      simulator: undefined,
    };
  }
  let simulator: Simulator | undefined;
  let baseUrl = target.base_url;
  if (provider === "simulated" && baseUrl === undefined) {
    simulator = createSimulator({ models: { [model]: target.simulate ?? {} } });
    baseUrl = await simulator.listen(0);
  }
  try {
    return { provider: createProvider(settingsOf(loaded, target, baseUrl)), simulator };
  } catch (error) {
    await simulator?.close();
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(loaded.file, [{ path: `targets[${index}]`, line: 0, message }]);
  }
}

function settingsOf(
  loaded: LoadedConfig,
  target: TargetConfig,
  baseUrl: string | undefined,
): Parameters<typeof createProvider>[0] {
  const { provider, api_key, headers, query, max_tokens_field, certificate_authority_file } = target;
  if (provider === "knowledge") throw new Error("a knowledge target is not reached over HTTP");
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
  };
}

async function closeHeld({ provider, simulator }: Held): Promise<void> {
  await provider.close();
  await simulator?.close();
}
