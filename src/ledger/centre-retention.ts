import type { ClientBase } from "pg";
import { CUT_COLUMNS, type Cut, cutValues, readCut, signCut } from "./cuts.ts";
import type { Row, SqlValue } from "./database.ts";
import { lockPartitions, type Partition, readPartitions } from "./postgres-partitions.ts";
import { inTransaction } from "./postgres-transaction.ts";
import type { SignatureChecker, Signer } from "./signing.ts";
import { storedEntry, walkChain } from "./verify-chain.ts";

/** What is dropped from the centre, and who signs for it. */
export interface CentrePruning {
  /** Entries of before this time are dropped, microseconds since the epoch. */
  readonly before: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signer: Signer;
  readonly checker: SignatureChecker;
}

/** What became of it. */
export interface CentrePruned {
  /** Entries that were dropped. */
  readonly count: number;
  /** Why a partition was kept although its time is over; empty where none was. */
  readonly problem: string;
}

/**
 * Drops the partitions that are older as a whole, oldest first, and everything derived from them. Before a partition
 * goes, every chain in it is walked, and a signed checkpoint takes its place, in the same transaction. A partition whose
 * chains do not hold is kept: it is the evidence. Of several replicas one prunes.
 */
export async function pruneCentre(client: ClientBase, pruning: CentrePruning): Promise<CentrePruned> {
  const name = "hashtext('pointsman retention ' || current_schema())";
  const { rows } = await client.query(`SELECT pg_try_advisory_lock(${name}) AS taken`);
  if (!rows[0]?.taken) return { count: 0, problem: "" };
  try {
    let count = 0;
    for (const partition of await readPartitions(client)) {
      if (partition.end > pruning.before) break;
      const cuts = await cutsOf(client, partition, pruning);
      if (typeof cuts === "string") return { count, problem: cuts };
      count += await drop(client, partition, cuts);
    }
    await dropDerived(client);
    return { count, problem: "" };
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${name})`).catch(() => undefined);
  }
}

/** A cut that is about to be made. */
interface NewCut {
  readonly writer: number;
  readonly cut: Cut;
  /** Entries of the partition that it takes the place of. */
  readonly count: number;
}

const PAGE = 1_000;

/** The cuts that take a partition's place, or what is wrong with a chain in it. */
async function cutsOf(
  client: ClientBase,
  { name }: Partition,
  { signer, checker, now }: CentrePruning,
): Promise<NewCut[] | string> {
  const all = createAsk(client);
  const cuts: NewCut[] = [];
  const writers = await all(
    `SELECT number, id FROM writers w WHERE EXISTS (SELECT 1 FROM ${name} e WHERE e.writer = w.number) ORDER BY number`,
  );
  for (const { number, id } of writers) {
    const writer = Number(number);
    const writerId = String(id);
    const before = await readCut({ all }, writer, writerId);
    const walk = walkChain(writerId, checker, before);
    let last: Row | undefined;
    let count = 0;
    for (;;) {
      const rows = await all(
        `SELECT sequence, time, payload, digest FROM ${name} WHERE writer = ? AND sequence > ? ORDER BY sequence LIMIT ${PAGE}`,
        [writer, Number(last?.sequence ?? 0)],
      );
      for (const row of rows) {
        const problem = walk.step(storedEntry(row));
        if (problem)
          return `The partition ${name} is kept, for chain ${writerId} does not hold at ${walk.head.sequence + 1}: ${problem}.`;
      }
      count += rows.length;
      last = rows.at(-1) ?? last;
      if (rows.length < PAGE) break;
    }
    const { sequence, digest } = walk.head;
    const entryCount = (before?.entryCount ?? 0) + count;
    const cutTime = new Date(now).toISOString();
    const cut = signCut(
      { writerId, sequence, digest, time: Number(last?.time), entryCount, cutTime },
      signer,
    );
    cuts.push({ writer, cut, count });
  }
  return cuts;
}

/** Puts cuts in the place of a partition, unless it changed since they were made; returns how many entries went. */
async function drop(client: ClientBase, { name }: Partition, cuts: readonly NewCut[]): Promise<number> {
  const count = cuts.reduce((sum, cut) => sum + cut.count, 0);
  return await inTransaction(client, async () => {
    // Whoever reads the partition for long is not waited for: others would wait behind. The next try comes.
    await client.query("SET LOCAL lock_timeout = '2s'");
    await lockPartitions(client);
    await client.query(`LOCK TABLE ${name} IN SHARE ROW EXCLUSIVE MODE`);
    const { rows } = await client.query(`SELECT count(*) AS count FROM ${name}`);
    if (Number(rows[0]?.count) !== count) throw new Error(`the partition ${name} changed while it was read`);
    for (const { writer, cut } of cuts) {
      const columns = CUT_COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ");
      const marks = CUT_COLUMNS.map((_, index) => `$${index + 1}`).join(", ");
      await client.query(
        `INSERT INTO cuts (${CUT_COLUMNS.join(", ")}) VALUES (${marks}) ON CONFLICT (writer) DO UPDATE SET ${columns}`,
        cutValues(writer, cut).map(bufferOf),
      );
    }
    await client.query(`DROP TABLE ${name}`);
    return count;
  });
}

/** Records that are dropped in one transaction. */
const RECORDS_AT_ONCE = 2_000;

/** Drops what was derived from entries that are gone: of before the oldest partition. */
async function dropDerived(client: ClientBase): Promise<void> {
  const oldest = (await readPartitions(client))[0];
  if (!oldest) return;
  let dropped = 0;
  for (let more = true; more; ) {
    const { rowCount } = await client.query(
      `WITH old AS (DELETE FROM records WHERE decision_id IN
           (SELECT decision_id FROM records WHERE create_time < $1 LIMIT ${RECORDS_AT_ONCE}) RETURNING decision_id),
         said AS (DELETE FROM outcomes WHERE decision_id IN (SELECT decision_id FROM old)),
         failed AS (DELETE FROM failures WHERE decision_id IN (SELECT decision_id FROM old))
       SELECT FROM old`,
      [oldest.start],
    );
    dropped += rowCount ?? 0;
    more = rowCount === RECORDS_AT_ONCE;
  }
  if (dropped === 0) return;
  await client.query("DELETE FROM requests WHERE time < $1", [oldest.start]);
}

function createAsk(client: ClientBase): (sql: string, values?: readonly SqlValue[]) => Promise<Row[]> {
  return async (sql, values = []) => {
    let place = 0;
    return (
      await client.query<Row>(
        sql.replaceAll("?", () => `$${++place}`),
        [...values],
      )
    ).rows;
  };
}

function bufferOf(value: SqlValue): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
