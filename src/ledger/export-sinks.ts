import { closeSync, openSync, writeSync } from "node:fs";
import { fromBinary, toJson } from "@bufbuild/protobuf";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import type { Row } from "./database.ts";

/** Where exported entries go. */
export interface EntrySink {
  /** Rows with `sequence`, `time`, `payload` and `digest` of one chain, in order. */
  write(writerId: string, rows: readonly Row[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * One JSON object a line: the stored bytes in base64, which the chain protects, and the same entry in JSON for people
 * and programs.
 */
export function createJsonLinesSink(file: string): EntrySink {
  const descriptor = openSync(file, "w");
  return {
    async write(writerId, rows) {
      const lines = rows.map((row) => {
        const payload = Buffer.from(row.payload as Uint8Array);
        const line = {
          writer_id: writerId,
          sequence: Number(row.sequence),
          time: Number(row.time),
          payload: payload.toString("base64"),
          digest: Buffer.from(row.digest as Uint8Array).toString("hex"),
          entry: toJson(EntrySchema, fromBinary(EntrySchema, payload)),
        };
        return `${JSON.stringify(line)}\n`;
      });
      writeSync(descriptor, lines.join(""));
    },
    async close() {
      closeSync(descriptor);
    },
  };
}

/** Parquet with a row group for each call: the columns that people filter by, the entry in JSON, and the stored bytes. */
export function createParquetSink(file: string): EntrySink {
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema: [
      { name: "root", num_children: COLUMNS.length },
      ...COLUMNS.map(([name, type, converted]) => ({
        name,
        type,
        repetition_type: "REQUIRED" as const,
        ...(converted && { converted_type: converted }),
      })),
    ],
  });
  return {
    async write(writerId, rows) {
      const entries = rows.map((row) => fromBinary(EntrySchema, row.payload as Uint8Array));
      const columns: Record<(typeof COLUMNS)[number][0], unknown[]> = {
        writer_id: rows.map(() => writerId),
        sequence: rows.map((row) => BigInt(Number(row.sequence))),
        time: rows.map((row) => BigInt(Number(row.time))),
        decision_id: entries.map((entry) => entry.decisionId),
        tenant: entries.map((entry) => entry.tenant),
        event: entries.map((entry) => entry.event.case ?? ""),
        entry_json: entries.map((entry) => JSON.stringify(toJson(EntrySchema, entry))),
        payload: rows.map((row) => new Uint8Array(row.payload as Uint8Array)),
        digest: rows.map((row) => new Uint8Array(row.digest as Uint8Array)),
      };
      const columnData = COLUMNS.map(([name]) => ({ name, data: columns[name] }));
      await writer.write({ columnData });
    },
    async close() {
      await writer.finish();
    },
  };
}

const COLUMNS = [
  ["writer_id", "BYTE_ARRAY", "UTF8"],
  ["sequence", "INT64", undefined],
  ["time", "INT64", "TIMESTAMP_MICROS"],
  ["decision_id", "BYTE_ARRAY", "UTF8"],
  ["tenant", "BYTE_ARRAY", "UTF8"],
  ["event", "BYTE_ARRAY", "UTF8"],
  ["entry_json", "BYTE_ARRAY", "UTF8"],
  ["payload", "BYTE_ARRAY", undefined],
  ["digest", "BYTE_ARRAY", undefined],
] as const;
