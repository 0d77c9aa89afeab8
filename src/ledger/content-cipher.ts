import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { LedgerError } from "./errors.ts";

/** A key that protects contents. */
export interface ContentKey {
  readonly id: string;
  /** 32 bytes in base64. */
  readonly key: string;
}

/** Protects contents at rest. */
export interface ContentCipher {
  /** The key that new contents are protected by; empty where they are not. */
  readonly keyId: string;
  /** @param contentId is authenticated, so that contents cannot be exchanged for one another. */
  seal(contentId: string, bytes: Uint8Array): Uint8Array;
  /** @throws LedgerError `key_missing`, or `unavailable` where the bytes were changed. */
  open(contentId: string, keyId: string, bytes: Uint8Array): Uint8Array;
}

const NONCE_SIZE = 12;
const TAG_SIZE = 16;

/** Makes a cipher of AES-256-GCM; without keys it leaves contents as they are. The first key seals, all open. */
export function createContentCipher(keys: readonly ContentKey[]): ContentCipher {
  const byId = new Map(keys.map((key) => [key.id, Buffer.from(key.key, "base64")]));
  const first = keys[0];
  const sealing = first && byId.get(first.id);

  return {
    keyId: first?.id ?? "",
    seal(contentId, bytes) {
      if (!sealing) return bytes;
      const nonce = randomBytes(NONCE_SIZE);
      const cipher = createCipheriv("aes-256-gcm", sealing, nonce);
      cipher.setAAD(Buffer.from(contentId, "utf8"));
      return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open(contentId, keyId, bytes) {
      if (keyId === "") return bytes;
      const key = byId.get(keyId);
      if (!key)
        throw new LedgerError(
          "key_missing",
          `Content is protected by the key "${keyId}", which is not configured.`,
        );
      const end = bytes.length - TAG_SIZE;
      if (end < NONCE_SIZE)
        throw new LedgerError("unavailable", "Stored content is shorter than its protection.");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_SIZE));
      decipher.setAAD(Buffer.from(contentId, "utf8"));
      decipher.setAuthTag(bytes.subarray(end));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_SIZE, end)), decipher.final()]);
      } catch (cause) {
        throw new LedgerError("unavailable", "Stored content was changed: its protection does not hold.", {
          cause,
        });
      }
    },
  };
}
