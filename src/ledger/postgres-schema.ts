import type { ClientBase } from "pg";
import { readEntryHead } from "./entry-head.ts";
import { LedgerError } from "./errors.ts";
import { insertStatement } from "./postgres-insert.ts";
import {
  FIRST_LAYOUT,
  LISTED_RULES_LAYOUT,
  PARTITIONED_LAYOUT,
  SLIM_INDEXES,
  UNLISTED_RULES,
  UNPARTITIONED,
} from "./postgres-layout.ts";
import { areCovered, coverTimes, type Partition, readPartitions } from "./postgres-partitions.ts";
import { inTransaction } from "./postgres-transaction.ts";
import { insertOfEntries, type ShippedEntry } from "./shipped-entries.ts";

/** Which schema, and how it is to be. */
export interface PostgresLayout {
  readonly schema: string;
  /** Days in a partition of entries. */
  readonly partitionDays: number;
}

/** One step from a layout to the next: SQL, or work that takes many transactions and can go on where it was left. */
type Step = string | ((client: ClientBase, layout: PostgresLayout) => Promise<void>);

/** Steps are never changed once released, only added. */
const STEPS: readonly Step[] = [
  FIRST_LAYOUT,
  PARTITIONED_LAYOUT,
  movePartitionless,
  `DROP TABLE ${UNPARTITIONED}`,
  LISTED_RULES_LAYOUT,
  moveRules,
  SLIM_INDEXES,
];

/**
 * Brings the schema to the newest layout, a step a transaction. Replicas that start at once wait for one another; one
 * that dies on the way leaves whole steps, and the next goes on from there. A schema that is up to date is only read.
 * @throws LedgerError `invalid_settings` where a newer version of the program made the schema.
 */
export async function migratePostgres(client: ClientBase, layout: PostgresLayout): Promise<void> {
  const { schema } = layout;
  await client.query(`SET search_path TO ${schema}`);
  if ((await versionOf(client)) === STEPS.length) return;
  await client.query("SELECT pg_advisory_lock(hashtext($1))", [`pointsman ledger ${schema}`]);
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query("CREATE TABLE IF NOT EXISTS layout (version BIGINT NOT NULL)");
    for (let version = await versionOf(client); version < STEPS.length; version += 1) {
      const step = STEPS[version] ?? "";
      if (typeof step !== "string") await step(client, layout);
      await inTransaction(client, async () => {
        if (typeof step === "string") await client.query(step);
        await client.query("INSERT INTO layout VALUES ($1)", [version + 1]);
      });
    }
  } finally {
    // A connection that broke has let go of it already.
    await client
      .query("SELECT pg_advisory_unlock(hashtext($1))", [`pointsman ledger ${schema}`])
      .catch(() => undefined);
  }
}

/** @throws LedgerError `invalid_settings`. */
async function versionOf(client: ClientBase): Promise<number> {
  const there = await client.query("SELECT to_regclass('layout') IS NOT NULL AS there");
  if (!there.rows[0]?.there) return 0;
  const found = await client.query("SELECT coalesce(max(version), 0) AS version FROM layout");
  const version = Number(found.rows[0]?.version);
  if (version <= STEPS.length) return version;
  const sentence = `The centre has layout ${version}, but this version of the program knows ${STEPS.length} at most.`;
  throw new LedgerError("invalid_settings", sentence);
}

/** Rows that are moved in one transaction. */
const MOVED_AT_ONCE = 5_000;

/** Moves the entries of before into partitions. What was moved is gone from where it was, so it can stop anywhere. */
async function movePartitionless(client: ClientBase, { partitionDays }: PostgresLayout): Promise<void> {
  let partitions: readonly Partition[] = await readPartitions(client);
  for (;;) {
    const sql = `SELECT writer, sequence, time, payload, digest FROM ${UNPARTITIONED} ORDER BY writer, sequence LIMIT ${MOVED_AT_ONCE}`;
    const { rows } = await client.query(sql);
    const last = rows.at(-1);
    if (!last) return;
    const entries = rows.map(({ writer, sequence, time, payload, digest }): ShippedEntry => {
      const { decisionId } = readEntryHead("", { sequence, payload, digest });
      return [Number(writer), Number(sequence), Number(time), decisionId, payload, digest];
    });
    const times = entries.map(([, , time]) => time);
    if (!areCovered(partitions, times)) partitions = await coverTimes(client, partitionDays, times);
    await inTransaction(client, async () => {
      const { text, values } = insertStatement(insertOfEntries(entries));
      await client.query(text, [...values]);
      const drop = `DELETE FROM ${UNPARTITIONED} WHERE (writer, sequence) <= ($1, $2)`;
      await client.query(drop, [last.writer, last.sequence]);
    });
  }
}

/** Writes the rules of before into their records. Those that have theirs are left out, so it can stop anywhere. */
async function moveRules(client: ClientBase): Promise<void> {
  for (let after = ""; ; ) {
    const page = `SELECT decision_id FROM ${UNLISTED_RULES} WHERE decision_id > $1 ORDER BY decision_id LIMIT ${MOVED_AT_ONCE}`;
    const { rows } = await client.query(`SELECT max(decision_id) AS last FROM (${page}) page`, [after]);
    const last = rows[0]?.last;
    if (typeof last !== "string") return;
    await client.query(
      `UPDATE records SET rule_ids = known.rules
       FROM (SELECT decision_id, array_agg(rule_id) AS rules FROM ${UNLISTED_RULES}
         WHERE decision_id > $1 AND decision_id <= $2 GROUP BY decision_id) known
       WHERE records.decision_id = known.decision_id AND records.rule_ids = '{}'`,
      [after, last],
    );
    after = last;
  }
}
