import { besideConfig, type LoadedConfig } from "./config.ts";
import type { Passage } from "./engine/engine-parts.ts";
import { type Collection, openCollection } from "./knowledge/collection.ts";

/** All collections of a configuration. */
export interface Collections {
  readonly ids: string[];
  /** The best passages, best first; none where nothing fits or there is no such collection. */
  search(collection: string, query: string, k: number, signal: AbortSignal): Promise<Passage[]>;
  close(): void;
}

/** Reads the collections. @throws KnowledgeError */
export function openCollections(loaded: LoadedConfig): Collections {
  const open = new Map<string, Collection>();
  for (const { id, folder } of loaded.config.collections) {
    open.set(id, openCollection(id, besideConfig(loaded, folder)));
  }
  return {
    ids: [...open.keys()],
    async search(collection, query, k, signal) {
      signal.throwIfAborted();
      return open.get(collection)?.search(query, k) ?? [];
    },
    close() {
      for (const collection of open.values()) collection.close();
    },
  };
}
