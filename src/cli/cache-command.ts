import { existsSync } from "node:fs";
import type { AnswerStore, PurgeLabel } from "../cache/answer-store.ts";
import { createSqliteAnswerStore } from "../cache/sqlite-answer-store.ts";
import { createValkeyAnswerStore } from "../cache/valkey-answer-store.ts";
import { inData, type LoadedConfig } from "../config.ts";
import { UsageError } from "./input.ts";

/** Options of `cache purge`. */
export interface PurgeOptions {
  readonly tenant: string;
  /** `name=value`. If not set, all of the tenant's answers go. */
  readonly label?: string;
}

/** The longest that a purge may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/**
 * Drops a tenant's kept answers, all or those of requests with a label, out of the store that the configuration names.
 * A service that runs meanwhile finds them gone with its next look-up.
 */
export async function cachePurge(
  loaded: LoadedConfig,
  options: PurgeOptions,
  json: boolean,
): Promise<number> {
  const label = options.label === undefined ? undefined : parseLabel(options.label);
  const store = openStore(loaded);
  let purged = 0;
  try {
    purged = (await store?.purge(options.tenant, label, AbortSignal.timeout(TIMEOUT_MS))) ?? 0;
  } finally {
    await store?.close();
  }
  const answers = purged === 1 ? "answer" : "answers";
  console.log(
    json
      ? JSON.stringify({ tenant: options.tenant, ...(label && { label }), purged })
      : `${purged} kept ${answers} of ${options.tenant} purged.`,
  );
  return 0;
}

/** Undefined where nothing was ever kept: a purge makes no file. */
function openStore(loaded: LoadedConfig): AnswerStore | undefined {
  const { shared_store, cache } = loaded.config;
  if (shared_store) return createValkeyAnswerStore({ urls: shared_store.valkey_urls }, cache, Date.now);
  const file = inData(loaded, "answers.sqlite");
  return existsSync(file) ? createSqliteAnswerStore(file, cache, Date.now) : undefined;
}

function parseLabel(text: string): PurgeLabel {
  const separator = text.indexOf("=");
  if (separator < 1) throw new UsageError(`--label wants name=value, not ${JSON.stringify(text)}.`);
  return { name: text.slice(0, separator), value: text.slice(separator + 1) };
}
