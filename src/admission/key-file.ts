import { randomBytes, randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { AdmissionError } from "./admission-error.ts";
import { hashKey, mintKey, mintKeyId } from "./api-key.ts";
import { ROLES } from "./identity-settings.ts";

const storedKeySchema = z.strictObject({
  id: z.string(),
  /** Salted hashes; two while a key is being rotated. */
  hashes: z.array(z.strictObject({ hash: z.string(), expires_time: z.iso.datetime().optional() })).max(10),
  tenant: z.string(),
  app: z.string().optional(),
  user: z.string().optional(),
  roles: z.array(z.enum(ROLES)),
  create_time: z.iso.datetime(),
  expires_time: z.iso.datetime().optional(),
  revoke_time: z.iso.datetime().optional(),
});

const keyFileSchema = z.strictObject({ version: z.literal(1), keys: z.array(storedKeySchema).max(100_000) });

/** A key as the file holds it: never the key itself. */
export type StoredKey = z.output<typeof storedKeySchema>;

/** What a new key is for. */
export interface NewKey {
  /** 1 to 40 letters, digits or dashes. If not set, made up. */
  readonly id?: string;
  readonly tenant: string;
  readonly app?: string;
  readonly user?: string;
  /** Default: caller. */
  readonly roles?: readonly (typeof ROLES)[number][];
  /** When it ends, in milliseconds since 1970. If not set, never. */
  readonly expires?: number;
}

/** A key, shown once. */
export interface ShownKey {
  /** The whole key. It is stored nowhere and cannot be shown again. */
  readonly key: string;
  readonly stored: StoredKey;
}

/** The keys of a file, oldest first; none where there is no file. @throws AdmissionError `invalid_settings`. */
export function listKeys(path: string): StoredKey[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unusable(path, error);
  }
  try {
    return keyFileSchema.parse(JSON.parse(text)).keys;
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Makes a key and stores its hash. @param now milliseconds since 1970. @throws AdmissionError where the id is taken. */
export function createKey(path: string, given: NewKey, now: number, random = randomBytes): ShownKey {
  const id = given.id ?? mintKeyId(random);
  if (!/^[a-zA-Z0-9-]{1,40}$/.test(id)) {
    throw new AdmissionError("invalid_settings", "A key's id must be 1 to 40 letters, digits or dashes.");
  }
  const key = mintKey(id, random);
  const stored: StoredKey = {
    id,
    hashes: [{ hash: hashKey(key, random) }],
    tenant: given.tenant,
    ...(given.app !== undefined && { app: given.app }),
    ...(given.user !== undefined && { user: given.user }),
    roles: [...(given.roles ?? (["caller"] as const))],
    create_time: new Date(now).toISOString(),
    ...(given.expires !== undefined && { expires_time: new Date(given.expires).toISOString() }),
  };
  change(path, (keys) => {
    if (keys.some((other) => other.id === id)) {
      throw new AdmissionError("invalid_settings", `There is a key "${id}" already.`);
    }
    return [...keys, stored];
  });
  return { key, stored };
}

/** Ends a key at once. It stays listed, so that its id is never used again. @throws AdmissionError where there is none. */
export function revokeKey(path: string, id: string, now: number): StoredKey {
  return changeOne(path, id, (key) => ({
    ...key,
    hashes: [],
    revoke_time: key.revoke_time ?? new Date(now).toISOString(),
  }));
}

/**
 * Gives a key a new secret under the same id. The old one is accepted until `graceMs` from now, so that nobody is locked out
 * while it is replaced; 0 ends it at once. @throws AdmissionError where there is no such key or it is revoked.
 */
export function rotateKey(
  path: string,
  id: string,
  now: number,
  graceMs: number,
  random = randomBytes,
): ShownKey {
  const key = mintKey(id, random);
  const stored = changeOne(path, id, (old) => {
    if (old.revoke_time !== undefined) {
      throw new AdmissionError("invalid_settings", `The key "${id}" is revoked; make a new one.`);
    }
    const end = new Date(now + graceMs).toISOString();
    const ending = old.hashes
      .map((one) => ({
        ...one,
        expires_time: one.expires_time && one.expires_time < end ? one.expires_time : end,
      }))
      .filter((one) => Date.parse(one.expires_time) > now);
    return { ...old, hashes: [{ hash: hashKey(key, random) }, ...ending].slice(0, 10) };
  });
  return { key, stored };
}

function changeOne(path: string, id: string, update: (key: StoredKey) => StoredKey): StoredKey {
  let changed: StoredKey | undefined;
  change(path, (keys) =>
    keys.map((key) => {
      if (key.id !== id) return key;
      changed = update(key);
      return changed;
    }),
  );
  if (!changed) throw new AdmissionError("invalid_settings", `There is no key "${id}" in the key file.`);
  return changed;
}

/** How old a lock must be to be that of a process that died, in milliseconds. */
const STALE_LOCK_MS = 10_000;

/** Writes a new file beside the old one and puts it in its place, so that readers see either. One writer at a time. */
function change(path: string, update: (keys: StoredKey[]) => StoredKey[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const lock = `${path}.lock`;
  takeLock(lock);
  try {
    const text = `${JSON.stringify({ version: 1, keys: update(listKeys(path)) }, null, 2)}\n`;
    const next = `${path}.${randomUUID()}`;
    const file = openSync(next, "wx", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): void {
  for (let attempt = 0; ; attempt++) {
    try {
      closeSync(openSync(lock, "wx"));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > STALE_LOCK_MS) rmSync(lock, { force: true });
      else if (attempt > 200) {
        throw new AdmissionError(
          "invalid_settings",
          `Another process is changing the key file; remove ${lock} if not.`,
        );
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function unusable(path: string, cause: unknown): AdmissionError {
  return new AdmissionError("invalid_settings", `The key file ${path} cannot be used.`, { cause });
}
