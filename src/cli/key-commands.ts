import { ROLES } from "../admission/identity-settings.ts";
import { createKey, listKeys, revokeKey, rotateKey, type StoredKey } from "../admission/key-file.ts";
import { inData, type LoadedConfig } from "../config.ts";
import { UsageError } from "./input.ts";
import { formatTable } from "./table.ts";

/** Options of `keys create`. */
export interface KeyOptions {
  readonly id?: string;
  readonly tenant: string;
  readonly app?: string;
  readonly user?: string;
  readonly roles?: string;
  /** Days until it ends. */
  readonly days?: string;
}

/** Makes a key and shows it, once. */
export function keysCreate(loaded: LoadedConfig, options: KeyOptions, json: boolean): number {
  const roles = (options.roles ?? "caller").split(",").map((word) => {
    const role = ROLES.find((known) => known === word.trim());
    if (!role)
      throw new UsageError(`--roles wants some of ${ROLES.join(", ")}, not ${JSON.stringify(word)}.`);
    return role;
  });
  const now = Date.now();
  const { key, stored } = createKey(
    fileOf(loaded),
    {
      tenant: options.tenant,
      roles,
      ...(options.id && { id: options.id }),
      ...(options.app && { app: options.app }),
      ...(options.user && { user: options.user }),
      ...(options.days && { expires: now + daysOf(options.days) * 86_400_000 }),
    },
    now,
  );
  show(key, stored, json);
  return 0;
}

/** Lists keys; the keys themselves are stored nowhere. */
export function keysList(loaded: LoadedConfig, json: boolean): number {
  const keys = listKeys(fileOf(loaded)).map(({ hashes: _hashes, ...rest }) => rest);
  if (json) console.log(JSON.stringify(keys));
  else if (keys.length === 0)
    console.log("There are no keys. Make one with: npx pointsman keys create --tenant NAME");
  else {
    console.log(
      formatTable(
        [
          { title: "id", cell: ({ id }) => id },
          { title: "tenant", cell: ({ tenant }) => tenant },
          { title: "app", cell: ({ app }) => app ?? "-" },
          { title: "user", cell: ({ user }) => user ?? "-" },
          { title: "roles", cell: ({ roles }) => roles.join(", ") },
          { title: "created", cell: ({ create_time }) => create_time.slice(0, 10) },
          {
            title: "ends",
            cell: ({ revoke_time, expires_time }) =>
              revoke_time ? `revoked ${revoke_time.slice(0, 10)}` : (expires_time?.slice(0, 10) ?? "never"),
          },
        ],
        keys,
      ),
    );
  }
  return 0;
}

/** Ends a key at once. */
export function keysRevoke(loaded: LoadedConfig, id: string, json: boolean): number {
  const { revoke_time } = revokeKey(fileOf(loaded), id, Date.now());
  console.log(json ? JSON.stringify({ id, revoke_time }) : `The key ${id} is revoked.`);
  return 0;
}

/** Gives a key a new secret; the old one is accepted for a while. @param hours of grace. */
export function keysRotate(loaded: LoadedConfig, id: string, hours: string, json: boolean): number {
  const { key, stored } = rotateKey(fileOf(loaded), id, Date.now(), Number(hours) * 3_600_000);
  show(key, stored, json);
  return 0;
}

function show(key: string, stored: StoredKey, json: boolean): void {
  if (json) console.log(JSON.stringify({ key, id: stored.id, tenant: stored.tenant, roles: stored.roles }));
  else
    console.log(
      `${key}\n\nThis is the only time that it is shown. Send it as: authorization: Bearer ${key.slice(0, 10)}...`,
    );
}

function fileOf(loaded: LoadedConfig): string {
  return loaded.config.identity.key_file ?? inData(loaded, "keys.json");
}

function daysOf(text: string): number {
  const days = Number(text);
  if (!(days > 0)) throw new UsageError(`--days wants a number over 0, not ${JSON.stringify(text)}.`);
  return days;
}
