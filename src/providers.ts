import { ConfigError, type LoadedConfig } from "./config.ts";
import type { TargetConfig } from "./config-schema.ts";
import type { Collections } from "./open-collections.ts";
import { createAiSdkProvider } from "./provider/ai-sdk.ts";
import { createProvider } from "./provider/create.ts";
import { createKnowledgeProvider } from "./provider/knowledge.ts";
import { createLocalProvider } from "./provider/local.ts";
import { type ImportModule, importModule } from "./provider/optional-package.ts";
import type { Provider } from "./provider/provider.ts";
import { createSimulator, type Simulator } from "./provider/simulated/server.ts";
import { aiSdkSettings, httpSettings, localSettings } from "./provider-settings.ts";
import { isOverHttp } from "./target-schema.ts";

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

/**
 * Makes the providers of the first configuration.
 * @param load imports packages that are not part of the service. Default: what is installed beside it.
 * @throws ConfigError for settings that cannot be used, and for packages that are needed and not installed.
 */
export async function createProviders(
  loaded: LoadedConfig,
  collections: Collections,
  load: ImportModule = importModule,
): Promise<Providers> {
  let current = new Map<string, Held>();

  const prepare = async (next: LoadedConfig): Promise<PreparedProviders> => {
    const made = new Map<string, Held>();
    const discard = async (): Promise<void> => {
      for (const [key, held] of made) if (current.get(key) !== held) await closeHeld(held);
    };
    try {
      for (const [index, target] of next.config.targets.entries()) {
        const key = keyOf(target);
        if (!made.has(key))
          made.set(key, current.get(key) ?? (await open(next, target, index, collections, load)));
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
  const { connection, collection, simulate, local, ai_sdk, max_output_tokens } = target;
  return JSON.stringify([
    provider,
    base_url,
    api_key,
    headers,
    query,
    max_tokens_field,
    certificate_authority_file,
    connection,
    collection,
    simulate,
    // The simulator of a target is told its model's name; all others hear it call by call.
    simulate ? target.model : undefined,
    local,
    ai_sdk,
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
  load: ImportModule,
): Promise<Held> {
  const refuse = (key: string, message: string): ConfigError =>
    new ConfigError(loaded.file, [{ path: `targets[${index}]${key}`, line: 0, message }]);
  const { provider, collection, model = "" } = target;
  if (collection !== undefined) {
    if (!collections.ids.includes(collection))
      throw refuse(".collection", `there is no collection ${JSON.stringify(collection)}`);
    const search = (query: string, count: number, signal: AbortSignal): ReturnType<Collections["search"]> =>
      collections.search(collection, query, count, signal);
    return alone(createKnowledgeProvider({ search, passageCount: KNOWLEDGE_PASSAGES }));
  }
  let simulator: Simulator | undefined;
  try {
    if (target.local) return alone(await createLocalProvider(localSettings(loaded, target.local), load));
    if (target.ai_sdk)
      return alone(await createAiSdkProvider(aiSdkSettings(target.ai_sdk), { importModule: load }));
    if (!isOverHttp(provider)) throw new Error(`provider ${provider} is not spoken to over HTTP`);
    let baseUrl = target.base_url;
    if (provider === "simulated" && baseUrl === undefined) {
      simulator = createSimulator({ models: { [model]: target.simulate ?? {} } });
      baseUrl = await simulator.listen(0);
    }
    return { provider: createProvider(httpSettings(loaded, target, provider, baseUrl)), simulator };
  } catch (error) {
    await simulator?.close();
    throw refuse("", error instanceof Error ? error.message : String(error));
  }
}

function alone(provider: Provider): Held {
  return { provider, simulator: undefined };
}

async function closeHeld({ provider, simulator }: Held): Promise<void> {
  await provider.close();
  await simulator?.close();
}
