import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** A key as its owner holds it, taken apart. */
export interface ParsedKey {
  /** Public: names the key in logs and records. */
  readonly id: string;
  /** The whole text, whose hash is compared. */
  readonly text: string;
}

/** The longest text that is looked at as a key. */
const MOST_LENGTH = 256;

/** Takes a key apart; undefined for any other text. The secret is at least 32 characters. */
export function parseKey(text: string): ParsedKey | undefined {
  if (text.length > MOST_LENGTH || !text.startsWith("pm_")) return undefined;
  const separator = text.indexOf("_", 3);
  if (separator < 4 || text.length - separator - 1 < 32) return undefined;
  return { id: text.slice(3, separator), text };
}

/** Makes a key: 32 random bytes behind its id. @param random gives that many random bytes. */
export function mintKey(id: string, random: (bytes: number) => Uint8Array = randomBytes): string {
  return `pm_${id}_${Buffer.from(random(32)).toString("base64url")}`;
}

/** Makes a key's id: 10 letters and digits. */
export function mintKeyId(random: (bytes: number) => Uint8Array = randomBytes): string {
  return Buffer.from(random(10)).reduce((id, byte) => id + ALPHABET.charAt(byte % ALPHABET.length), "");
}

const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/**
 * The salted hash that is stored in place of a key: `sha256:<salt>:<digest>`. A slow hash protects secrets that can be
 * guessed; these are 256 random bits, which no speed of hashing makes guessable, so a fast one costs no safety and leaves
 * each request a few microseconds instead of tens of milliseconds. The salt keeps equal keys from looking equal.
 */
export function hashKey(text: string, random: (bytes: number) => Uint8Array = randomBytes): string {
  const salt = Buffer.from(random(16)).toString("hex");
  return `sha256:${salt}:${digestOf(salt, text).toString("hex")}`;
}

/** A stored hash, taken apart once so that comparing costs little. */
export interface KeyHash {
  readonly salt: string;
  readonly digest: Buffer;
}

/** Takes a stored hash apart; undefined where it is none. */
export function parseHash(stored: string): KeyHash | undefined {
  const [, salt, digest] = /^sha256:([0-9a-f]{32}):([0-9a-f]{64})$/.exec(stored) ?? [];
  return salt && digest ? { salt, digest: Buffer.from(digest, "hex") } : undefined;
}

/** Whether a text is the key of a stored hash, in a time that does not depend on where they differ. */
export function matchesHash(text: string, { salt, digest }: KeyHash): boolean {
  return timingSafeEqual(digestOf(salt, text), digest);
}

function digestOf(salt: string, text: string): Buffer {
  return hash("sha256", `${salt}:${text}`, "buffer");
}
