import { hash } from "node:crypto";
import { varintSize, writeBytesField, writeNumberField, writeVarint } from "./wire.ts";

/** Bytes of a digest. */
export const DIGEST_SIZE = 32;

/** What the first entry of a chain names as the digest before it. */
export const GENESIS_DIGEST: Uint8Array = new Uint8Array(DIGEST_SIZE);

/** A sealed entry: what is stored. */
export interface SealedEntry {
  /** The message without its digest, exactly as it is stored. */
  readonly payload: Uint8Array;
  readonly digest: Uint8Array;
}

/**
 * Seals the next entry of a chain: puts writer, number and time before the body and the digest of the entry before
 * behind it, and hashes previous digest and payload together.
 * @param writerId UTF-8.
 * @param timeMs milliseconds since the epoch, a whole number.
 * @param body the Entry message with `decision_id`, `tenant` and `event` only.
 */
export function sealEntry(
  writerId: Uint8Array,
  sequence: number,
  timeMs: number,
  body: Uint8Array,
  previousDigest: Uint8Array,
): SealedEntry {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = (timeMs - seconds * 1000) * 1_000_000;
  const timeSize = fieldSize(seconds) + fieldSize(nanos);
  const headerSize = 1 + varintSize(writerId.length) + writerId.length + fieldSize(sequence) + 2 + timeSize;
  const size = headerSize + body.length + 2 + DIGEST_SIZE;

  // The digest before stands in front, so that one pass hashes `previous_digest || payload` without a copy.
  const bytes = Buffer.allocUnsafe(DIGEST_SIZE + size);
  bytes.set(previousDigest, 0);
  let at = writeBytesField(bytes, DIGEST_SIZE, 1, writerId);
  at = writeNumberField(bytes, at, 2, sequence);
  at = writeVarint(bytes, at, 3 * 8 + 2);
  at = writeVarint(bytes, at, timeSize);
  at = writeNumberField(bytes, at, 1, seconds);
  at = writeNumberField(bytes, at, 2, nanos);
  bytes.set(body, at);
  writeBytesField(bytes, at + body.length, 10, previousDigest);
  return { payload: bytes.subarray(DIGEST_SIZE), digest: sha256(bytes) };
}

/** The digest that an entry must have: SHA-256 over the digest before and the stored payload. */
export function entryDigest(previousDigest: Uint8Array, payload: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([previousDigest, payload]));
}

/** By way of a string: handing out 32 bytes as a buffer of their own costs more than hashing an entry. */
function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash("sha256", bytes, "latin1"), "latin1");
}

/** Bytes of a number field with a one-byte tag; none for zero. */
function fieldSize(value: number): number {
  return value === 0 ? 0 : 1 + varintSize(value);
}
