import type { Client, PoolClient } from "pg";
import { INDEX_TABLES } from "./index-schema.ts";

/**
 * The layout of the centre: the tables of `ledger.db` and `index.db` with the types of PostgreSQL, under one schema.
 * Steps are never changed once released, only added.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE writers (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    batches BIGINT NOT NULL DEFAULT 0,
    complete_through BIGINT NOT NULL DEFAULT 0
  );
  CREATE TABLE entries (
    writer BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    time BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (writer, sequence)
  );
  CREATE TABLE requests (
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    input_digest BYTEA NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (tenant, request_id)
  );
  CREATE TABLE contents (
    id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    bytes BYTEA NOT NULL
  );
  CREATE TABLE documents (
    kind TEXT NOT NULL,
    revision TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (kind, revision)
  );
  CREATE TABLE cuts (
    writer BIGINT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    time BIGINT NOT NULL,
    digest BYTEA NOT NULL
  );
  ${INDEX_TABLES("TEXT", "BIGINT")}
  `,
];

/** Brings the schema to the newest layout; replicas that start at once wait for one another. */
export async function migratePostgres(client: Client | PoolClient, schema: string): Promise<void> {
  await client.query("SELECT pg_advisory_lock(hashtext($1))", [`pointsman ledger ${schema}`]);
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`SET search_path TO ${schema}`);
    await client.query("CREATE TABLE IF NOT EXISTS layout (version BIGINT NOT NULL)");
    const found = await client.query("SELECT coalesce(max(version), 0) AS version FROM layout");
    for (let version = Number(found.rows[0].version); version < STEPS.length; version += 1) {
      await client.query("BEGIN");
      try {
        await client.query(STEPS[version] ?? "");
        await client.query("INSERT INTO layout VALUES ($1)", [version + 1]);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    }
  } finally {
    await client.query("SELECT pg_advisory_unlock(hashtext($1))", [`pointsman ledger ${schema}`]);
  }
}
