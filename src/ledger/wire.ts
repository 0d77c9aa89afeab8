/**
 * Just enough of the protobuf wire format to put an entry together from parts that are already encoded, and to take
 * the very bytes of a message out of another, without decoding either.
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Bytes that `writeVarint` takes for a number. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes an unsigned whole number up to 2^53 and returns the offset behind it. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  // Beyond 31 bits the quick operators do not reach.
  while (rest > 0x7fff_ffff) {
    target[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

/** Writes a field with its bytes, and returns the offset behind it. */
export function writeBytesField(
  target: Uint8Array,
  offset: number,
  field: number,
  bytes: Uint8Array,
): number {
  let at = writeVarint(target, offset, field * 8 + LENGTH_DELIMITED);
  at = writeVarint(target, at, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}

/** Writes a field with a whole number, and returns the offset behind it. Zero is left out, as protobuf does. */
export function writeNumberField(target: Uint8Array, offset: number, field: number, value: number): number {
  if (value === 0) return offset;
  return writeVarint(target, writeVarint(target, offset, field * 8 + VARINT), value);
}

/** Encodes a field whose bytes come in pieces. */
export function bytesField(field: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const tag = field * 8 + LENGTH_DELIMITED;
  const bytes = new Uint8Array(varintSize(tag) + varintSize(length) + length);
  let at = writeVarint(bytes, writeVarint(bytes, 0, tag), length);
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** A field that was found. `bytes` is a view; `value` is set for whole numbers. */
export interface WireField {
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
  readonly value: number | undefined;
}

/** Walks the fields of a message in the order in which they stand. @throws RangeError where the bytes are no message. */
export function* wireFields(message: Uint8Array): Generator<WireField, void, undefined> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("the message ends within a number");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === VARINT) {
      yield { number, bytes: undefined, value: varint() };
      continue;
    }
    const length = type === FIXED64 ? 8 : type === FIXED32 ? 4 : type === LENGTH_DELIMITED ? varint() : -1;
    if (length < 0 || at + length > message.length) throw new RangeError("the message is not well-formed");
    yield { number, bytes: message.subarray(at, at + length), value: undefined };
    at += length;
  }
}

/** The bytes of a field within fields, such as [6, 1]: the last occurrence of each; undefined where one is missing. */
export function nestedBytes(message: Uint8Array, path: readonly number[]): Uint8Array | undefined {
  let bytes: Uint8Array | undefined = message;
  for (const number of path) {
    let found: Uint8Array | undefined;
    for (const field of wireFields(bytes)) if (field.number === number) found = field.bytes ?? found;
    if (found === undefined) return undefined;
    bytes = found;
  }
  return bytes;
}
