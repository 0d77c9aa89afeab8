/** Types of which PostgreSQL takes arrays in its binary form, with the numbers that its catalogue gives them. */
const OIDS = { bigint: 20, text: 25, bytea: 17 } as const;

/** The type of a column that is sent as an array. */
export type ColumnType = keyof typeof OIDS;

/** A value of a column. */
export type ColumnValue = string | number | Uint8Array | null;

const HEADER_SIZE = 20;

/**
 * One column of many rows as an array parameter in PostgreSQL's binary form. Bytes go as they are; as text they would be
 * written in hexadecimal, escaped, and read back, which costs more than everything else about them.
 * @param values `bigint` wants whole numbers.
 */
export function columnArray(type: ColumnType, values: readonly ColumnValue[]): Buffer {
  let size = HEADER_SIZE;
  for (const value of values) size += 4 + sizeOf(value);
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  bytes.writeInt32BE(OIDS[type], 8);
  bytes.writeInt32BE(values.length, 12);
  // Arrays begin with the place 1.
  bytes.writeInt32BE(1, 16);
  let at = HEADER_SIZE;
  for (const value of values) at = write(bytes, at, value);
  return bytes;
}

function sizeOf(value: ColumnValue): number {
  if (value === null) return 0;
  if (typeof value === "number") return 8;
  return typeof value === "string" ? Buffer.byteLength(value, "utf8") : value.length;
}

function write(bytes: Buffer, at: number, value: ColumnValue): number {
  if (value === null) return bytes.writeInt32BE(-1, at);
  if (typeof value === "number") {
    bytes.writeInt32BE(8, at);
    const high = Math.floor(value / 0x1_0000_0000);
    bytes.writeInt32BE(high, at + 4);
    return bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 8);
  }
  if (typeof value === "string") {
    const length = bytes.write(value, at + 4, "utf8");
    bytes.writeInt32BE(length, at);
    return at + 4 + length;
  }
  bytes.writeInt32BE(value.length, at);
  bytes.set(value, at + 4);
  return at + 4 + value.length;
}
