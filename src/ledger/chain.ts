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

/** Where a chain ends: what the next entry goes on from. */
export interface ChainEnd {
  readonly sequence: number;
  readonly digest: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
}

/** Bodies that are sealed one behind the other: Entry messages with `decision_id`, `tenant` and `event` only. */
export interface Bodies {
  readonly bodies: Uint8Array;
  /** Where each body ends. */
  readonly ends: ArrayLike<number>;
  /** Milliseconds since the epoch, whole numbers. Time never runs backwards within a chain: an earlier one is put right. */
  readonly times: ArrayLike<number>;
}

/**
 * Seals the next entries of a chain: puts writer, number and time before each body and the digest of the entry before behind
 * it, and hashes previous digest and payload together.
 * @param writerId UTF-8.
 * @param take is given each entry, with its number and time. Its bytes are views of one buffer.
 * @returns the new end of the chain, which shares no memory with the entries.
 */
export function sealEntries(
  writerId: Uint8Array,
  end: ChainEnd,
  { bodies, ends, times }: Bodies,
  take: (sequence: number, timeMs: number, sealed: SealedEntry) => void,
): ChainEnd {
  const count = ends.length;
  // Each digest stands in front of the next payload, so that one pass hashes `previous_digest || payload` without a copy.
  const room = DIGEST_SIZE + bodies.length + count * (writerId.length + MOST_BESIDES + 2 * DIGEST_SIZE);
  const bytes = Buffer.allocUnsafe(room);
  bytes.set(end.digest, 0);
  let { sequence, timeMs } = end;
  let header = createTimeField(timeMs);
  let digestAt = 0;
  let body = 0;
  for (let index = 0; index < count; index += 1) {
    const time = times[index] ?? 0;
    if (time > timeMs) {
      timeMs = time;
      header = createTimeField(timeMs);
    }
    sequence += 1;
    const start = digestAt + DIGEST_SIZE;
    let at = writeBytesField(bytes, start, 1, writerId);
    at = writeNumberField(bytes, at, 2, sequence);
    bytes.set(header, at);
    at += header.length;
    const bodyEnd = ends[index] ?? body;
    bytes.set(bodies.subarray(body, bodyEnd), at);
    at += bodyEnd - body;
    body = bodyEnd;
    at = writeVarint(bytes, writeVarint(bytes, at, 10 * 8 + 2), DIGEST_SIZE);
    bytes.copyWithin(at, digestAt, start);
    at += DIGEST_SIZE;
    // By way of a string: handing out 32 bytes as a buffer of their own costs more than hashing an entry.
    bytes.write(hash("sha256", bytes.subarray(digestAt, at), "latin1"), at, DIGEST_SIZE, "latin1");
    take(sequence, timeMs, {
      payload: bytes.subarray(start, at),
      digest: bytes.subarray(at, at + DIGEST_SIZE),
    });
    digestAt = at;
  }
  return { sequence, digest: Uint8Array.from(bytes.subarray(digestAt, digestAt + DIGEST_SIZE)), timeMs };
}

/** The most bytes that an entry has besides its body, its writer's id and digests: tags, lengths, number and time. */
const MOST_BESIDES = 48;

/** The field with the time, which entries of the same millisecond share. */
function createTimeField(timeMs: number): Uint8Array {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = (timeMs - seconds * 1000) * 1_000_000;
  const size = fieldSize(seconds) + fieldSize(nanos);
  const bytes = new Uint8Array(2 + size);
  const at = writeVarint(bytes, writeVarint(bytes, 0, 3 * 8 + 2), size);
  writeNumberField(bytes, writeNumberField(bytes, at, 1, seconds), 2, nanos);
  return bytes;
}

/** Seals one entry; see `sealEntries`. */
export function sealEntry(
  writerId: Uint8Array,
  sequence: number,
  timeMs: number,
  body: Uint8Array,
  previousDigest: Uint8Array,
): SealedEntry {
  let entry: SealedEntry | undefined;
  const end = { sequence: sequence - 1, digest: previousDigest, timeMs: 0 };
  sealEntries(writerId, end, { bodies: body, ends: [body.length], times: [timeMs] }, (_, __, sealed) => {
    entry = sealed;
  });
  return entry as SealedEntry;
}

/** The digest that an entry must have: SHA-256 over the digest before and the stored payload. */
export function entryDigest(previousDigest: Uint8Array, payload: Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", Buffer.concat([previousDigest, payload]), "latin1"), "latin1");
}

/** Bytes of a number field with a one-byte tag; none for zero. */
function fieldSize(value: number): number {
  return value === 0 ? 0 : 1 + varintSize(value);
}
