import { Pool, TypeOverrides } from "pg";
import type { LedgerDatabase, Row } from "./database.ts";
import { storableText } from "./postgres-arrays.ts";
import { migratePostgres } from "./postgres-schema.ts";

const INT8 = 20;
const NUMERIC = 1700;

/** Where the centre is. */
export interface PostgresPlace {
  /** A connection string. */
  readonly url: string;
  readonly schema: string;
  /** Days in a partition of entries. */
  readonly partitionDays: number;
}

/** Reads the centre, to which many processes ship their entries. */
export async function openPostgresLedger({ url, ...layout }: PostgresPlace): Promise<LedgerDatabase> {
  const types = new TypeOverrides();
  types.setTypeParser(INT8, Number);
  types.setTypeParser(NUMERIC, Number);
  const options = `-c search_path=${layout.schema}`;
  const pool = new Pool({ connectionString: url, max: 4, types, options, connectionTimeoutMillis: 5_000 });
  // A connection that breaks while idle is replaced by the next question.
  pool.on("error", () => undefined);
  const client = await pool.connect();
  try {
    await migratePostgres(client, layout);
  } finally {
    client.release();
  }
  const all = async (sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
    let place = 0;
    const text = sql.replaceAll("?", () => `$${++place}`);
    return (await pool.query<Row>(text, values.map(storable))).rows;
  };

  return {
    dialect: "postgres",
    all,
    // The derived tables are written in the same transaction as the entries.
    async freshen() {},
    async pulse() {
      const sql = `SELECT coalesce(sum(batches), 0) AS version,
        min(complete_through) FILTER (WHERE complete_through > extract(epoch FROM now()) * 1000 - 600000) AS through
        FROM writers`;
      const row = (await all(sql))[0];
      return { version: Number(row?.version ?? 0), completeThrough: Number(row?.through ?? 0) };
    },
    async close() {
      await pool.end();
    },
  };
}

/** Texts are looked for as they are stored. */
function storable(value: unknown): unknown {
  return typeof value === "string" ? storableText(value) : value;
}
