/** Bytes that grow as they are written. */
export interface ByteSink {
  /** Only the first `length` bytes are written. Replaced by a larger one where it becomes too small. */
  bytes: Buffer<ArrayBuffer>;
  length: number;
}

/** Room that `reserve` always leaves beyond what it is asked for, so that tags and numbers need not ask. */
export const SPARE = 32;

/** Makes an empty sink with room for so many bytes. */
export function createByteSink(capacity: number): ByteSink {
  return { bytes: Buffer.from(new ArrayBuffer(capacity + SPARE)), length: 0 };
}

/** Makes sure that so many bytes, and `SPARE` more, can be written. */
export function reserve(sink: ByteSink, count: number): void {
  const needed = sink.length + count + SPARE;
  if (needed <= sink.bytes.length) return;
  const larger = Buffer.from(new ArrayBuffer(Math.max(needed, sink.bytes.length * 2)));
  larger.set(sink.bytes.subarray(0, sink.length));
  sink.bytes = larger;
}

/** Writes a whole number from 0 to 2^32 - 1 as a varint, within the spare room. */
export function putVarint(sink: ByteSink, value: number): void {
  const { bytes } = sink;
  let at = sink.length;
  let rest = value;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  sink.length = at;
}

/** Strings up to this long are copied unit by unit where they are ASCII: faster than asking the encoder. */
const SHORT = 127;

/** Writes a string behind its length. */
export function putString(sink: ByteSink, value: string): void {
  const { length } = value;
  if (length <= SHORT) {
    reserve(sink, length + 1);
    const { bytes } = sink;
    let at = sink.length;
    bytes[at++] = length;
    let index = 0;
    for (; index < length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit > 127) break;
      bytes[at++] = unit;
    }
    if (index === length) {
      sink.length = at;
      return;
    }
  }
  const size = Buffer.byteLength(value);
  reserve(sink, size);
  putVarint(sink, size);
  reserve(sink, size);
  sink.length += sink.bytes.write(value, sink.length, size, "utf8");
}

/** Writes bytes behind their length. */
export function putBytes(sink: ByteSink, value: Uint8Array): void {
  reserve(sink, value.length);
  putVarint(sink, value.length);
  reserve(sink, value.length);
  sink.bytes.set(value, sink.length);
  sink.length += value.length;
}

/** Runs `write` and puts the length of what it wrote before it. */
export function putSized<Value>(
  sink: ByteSink,
  write: (sink: ByteSink, value: Value) => void,
  value: Value,
): void {
  const start = sink.length;
  // Most messages are short: one byte is kept free for the length, and the rest is moved where that is not enough.
  sink.length = start + 1;
  write(sink, value);
  const size = sink.length - start - 1;
  if (size <= 127) {
    sink.bytes[start] = size;
    return;
  }
  const width = size < 0x4000 ? 2 : size < 0x20_0000 ? 3 : size < 0x1000_0000 ? 4 : 5;
  reserve(sink, 0);
  sink.bytes.copyWithin(start + width, start + 1, sink.length);
  sink.length = start;
  putVarint(sink, size);
  sink.length += size;
}
