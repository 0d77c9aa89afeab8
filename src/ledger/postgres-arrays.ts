import { type ByteSink, createByteSink, reserve } from "../lib/byte-sink.ts";

/** Types of which PostgreSQL takes values in its binary form, with the numbers that its catalogue gives them. */
const OIDS = { bigint: 20, text: 25, bytea: 17, "text[]": 1009 } as const;

/** The type of a column. */
export type ColumnType = keyof typeof OIDS;

/** A value of a column. A list is one of `text[]`. */
export type ColumnValue = string | number | Uint8Array | readonly string[] | null;

/**
 * A text as PostgreSQL can hold it. It refuses the character 0, which a caller may well send: one such text would stop
 * everything behind it. The entry itself is bytes and stays as it is.
 */
export function storableText(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text;
}

/**
 * One column of many rows as an array parameter in PostgreSQL's binary form. Bytes go as they are; as text they would be
 * written in hexadecimal, escaped, and read back, which costs more than everything else about them.
 * @param type of the values; PostgreSQL knows no arrays of arrays.
 * @param values `bigint` wants whole numbers.
 */
export function columnArray(type: Exclude<ColumnType, "text[]">, values: readonly ColumnValue[]): Buffer {
  const sink = createByteSink(values.length * 16);
  putArray(sink, type, values);
  return sink.bytes.subarray(0, sink.length);
}

/** Writes a value in binary form behind its size. */
export function putValue(sink: ByteSink, value: ColumnValue): void {
  if (value === null) putInt32(sink, -1);
  else if (typeof value === "number") putBigint(sink, value);
  else putSized(sink, value);
}

/** Writes a value whose size is known when it is written. */
function putSized(sink: ByteSink, value: string | Uint8Array | readonly string[]): void {
  const start = sink.length + 4;
  reserve(sink, 4);
  sink.length = start;
  if (typeof value === "string") putText(sink, value);
  else if (value instanceof Uint8Array) putBytes(sink, value);
  else putArray(sink, "text", value);
  sink.bytes.writeInt32BE(sink.length - start, start - 4);
}

/** Writes four bytes. */
export function putInt32(sink: ByteSink, value: number): void {
  reserve(sink, 4);
  sink.length = sink.bytes.writeInt32BE(value, sink.length);
}

function putBigint(sink: ByteSink, value: number): void {
  reserve(sink, 12);
  const { bytes, length } = sink;
  const high = Math.floor(value / 0x1_0000_0000);
  bytes.writeInt32BE(8, length);
  bytes.writeInt32BE(high, length + 4);
  sink.length = bytes.writeUInt32BE(value - high * 0x1_0000_0000, length + 8);
}

/** Longer texts are not worth trying whether they are ASCII. */
const SHORT = 64;

function putText(sink: ByteSink, value: string): void {
  const { length } = value;
  // A unit of UTF-16 takes three bytes at most.
  reserve(sink, length * 3);
  const { bytes } = sink;
  if (length <= SHORT) {
    let at = sink.length;
    let index = 0;
    for (; index < length; index += 1) {
      const unit = value.charCodeAt(index);
      if (unit === 0 || unit > 127) break;
      bytes[at++] = unit;
    }
    if (index === length) {
      sink.length = at;
      return;
    }
  }
  sink.length += bytes.write(storableText(value), sink.length, "utf8");
}

function putBytes(sink: ByteSink, value: Uint8Array): void {
  reserve(sink, value.length);
  sink.bytes.set(value, sink.length);
  sink.length += value.length;
}

function putArray(sink: ByteSink, type: ColumnType, values: readonly ColumnValue[]): void {
  putInt32(sink, 1);
  putInt32(sink, values.includes(null) ? 1 : 0);
  putInt32(sink, OIDS[type]);
  putInt32(sink, values.length);
  // Arrays begin with the place 1.
  putInt32(sink, 1);
  for (const value of values) putValue(sink, value);
}
