import { createByteSink, reserve } from "../lib/byte-sink.ts";
import { putValue } from "./postgres-arrays.ts";
import type { Insert } from "./postgres-insert.ts";
import type { Step } from "./postgres-pipeline.ts";

/**
 * Makes the step of a pipeline that adds rows to a table, in binary form. Where one of them is there already, it fails.
 * PostgreSQL spends half on rows that come like this of what it spends on the same rows in arrays.
 */
export function copyStep({ table, columns, rows }: Insert): Step {
  const names = columns.map(({ name }) => name).join(", ");
  const sink = createByteSink(rows.length * GUESSED_ROW_SIZE);
  const put = (bytes: Uint8Array): void => {
    reserve(sink, bytes.length);
    sink.bytes.set(bytes, sink.length);
    sink.length += bytes.length;
  };
  put(COPY_DATA);
  put(SIGNATURE);
  for (const row of rows) {
    reserve(sink, 2);
    sink.length = sink.bytes.writeInt16BE(columns.length, sink.length);
    for (const value of row) putValue(sink, value);
  }
  put(NO_MORE_ROWS);
  sink.bytes.writeInt32BE(sink.length - 1, 1);
  put(COPY_DONE);
  return {
    text: `COPY ${table} (${names}) FROM STDIN (FORMAT binary)`,
    copy: sink.bytes.subarray(0, sink.length),
  };
}

const GUESSED_ROW_SIZE = 640;

/** Messages of the protocol: a letter, and how long the rest is; that of the rows is set behind them. */
const COPY_DATA = Uint8Array.of(0x64, 0, 0, 0, 0);
const COPY_DONE = Uint8Array.of(0x63, 0, 0, 0, 4);
/** What binary rows begin with: a signature, no flags, no more header. */
const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const NO_MORE_ROWS = Uint8Array.of(0xff, 0xff);
