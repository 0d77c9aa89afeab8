import { existsSync, type FSWatcher, mkdirSync, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { create } from "@bufbuild/protobuf";
import { type Caller, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { AdmissionError } from "./admission-error.ts";
import { hashKey, type KeyHash, matchesHash, parseHash, parseKey } from "./api-key.ts";
import type { IdentitySettings } from "./identity-settings.ts";
import { listKeys } from "./key-file.ts";

/** The keys of the settings and of the key file. */
export interface KeyRing {
  /** Whose key it is; undefined where it is unknown, wrong, revoked or expired, which nobody can tell apart. */
  find(key: string): Caller | undefined;
  /** How many keys there are now, revoked ones left out. */
  readonly size: number;
  /** Reads the key file again. What it held stays valid where it cannot be used. @throws AdmissionError. */
  reload(): void;
  close(): void;
}

interface KnownKey {
  readonly caller: Caller;
  readonly hashes: readonly { readonly hash: KeyHash; readonly end: number }[];
  readonly end: number;
}

/** What an unknown id is compared with, so that it costs what a wrong secret costs and time tells nothing about ids. */
const DECOY = parseStored(hashKey("nobody"));

/**
 * Makes the ring and watches the key file.
 * @param now milliseconds since 1970.
 * @param onReload told when the file was read again, and of the error where it could not be used.
 * @throws AdmissionError `invalid_settings` where a key of the settings or the file cannot be used.
 */
export function createKeyRing(
  settings: Pick<IdentitySettings, "keys" | "key_file">,
  now: () => number,
  onReload: (error: Error | undefined) => void = () => undefined,
): KeyRing {
  const configured = configuredKeys(settings.keys);
  let known = new Map(configured);

  const reload = (): void => {
    const next = new Map<string, KnownKey>();
    for (const key of settings.key_file === undefined ? [] : listKeys(settings.key_file)) {
      if (key.revoke_time !== undefined) continue;
      next.set(key.id, {
        caller: callerOf(key),
        hashes: key.hashes.map(({ hash, expires_time }) => ({
          hash: parseStored(hash),
          end: endOf(expires_time),
        })),
        end: endOf(key.expires_time),
      });
    }
    for (const [id, key] of configured) next.set(id, key);
    known = next;
  };

  reload();
  const stopWatching =
    settings.key_file === undefined ? () => undefined : watchFile(settings.key_file, reload, onReload);
  return {
    find(text) {
      // Every request is compared anew: a hash costs no more than a memory of verified keys would, and keeps no key.
      const parsed = parseKey(text);
      const key = parsed && known.get(parsed.id);
      if (!key) {
        matchesHash(text.slice(0, 256), DECOY);
        return undefined;
      }
      const time = now();
      for (const { hash, end } of key.hashes) {
        if (matchesHash(text, hash)) return time < end && time < key.end ? key.caller : undefined;
      }
      return undefined;
    },
    get size() {
      return known.size;
    },
    reload,
    close: stopWatching,
  };
}

function configuredKeys(keys: IdentitySettings["keys"]): Map<string, KnownKey> {
  const configured = new Map<string, KnownKey>();
  for (const key of keys) {
    const hash = parseStored(key.hash ?? hashKey(key.key ?? ""));
    configured.set(key.id, {
      caller: callerOf(key),
      hashes: [{ hash, end: Number.POSITIVE_INFINITY }],
      end: endOf(key.expires),
    });
  }
  return configured;
}

function parseStored(stored: string): KeyHash {
  const hash = parseHash(stored);
  if (!hash)
    throw new AdmissionError(
      "invalid_settings",
      "A stored hash of a key has another form than sha256:<salt>:<digest>.",
    );
  return hash;
}

function callerOf(key: {
  id: string;
  tenant: string;
  app?: string | undefined;
  user?: string | undefined;
  roles: readonly string[];
}): Caller {
  return create(CallerSchema, {
    tenant: key.tenant,
    app: key.app ?? "",
    user: key.user ?? "",
    roles: [...new Set(key.roles)].sort(),
    keyId: key.id,
  });
}

function endOf(time: string | undefined): number {
  return time === undefined ? Number.POSITIVE_INFINITY : Date.parse(time);
}

/** How often the file is looked at where the system tells nothing, in milliseconds. */
const LOOK_MS = 2_000;

/** Reads again whenever the file was replaced. The folder is watched, since a replaced file is another file. */
function watchFile(
  path: string,
  reload: () => void,
  onReload: (error: Error | undefined) => void,
): () => void {
  let seen = stampOf(path);
  const look = (): void => {
    const stamp = stampOf(path);
    if (stamp === seen) return;
    seen = stamp;
    try {
      reload();
      onReload(undefined);
    } catch (error) {
      onReload(error instanceof Error ? error : new Error(String(error)));
    }
  };
  let watcher: FSWatcher | undefined;
  const folder = dirname(path);
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  try {
    watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name === null || name === basename(path)) look();
    });
    watcher.on("error", () => undefined);
  } catch {
    // Some file systems cannot be watched: the timer does it alone.
  }
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.mtimeNs} ${stat.size}` : "none";
}
