import type { LedgerDatabase, Row } from "./database.ts";

/** A chain as an engine holds it. */
export interface Chain {
  /** Its number in the tables. */
  readonly writer: number;
  readonly writerId: string;
  /** The last entry's number, also where retention dropped it; 0 where there was none. */
  readonly last: number;
}

/** All chains and how long they are, by the order in which they began. */
export async function readChains(database: LedgerDatabase): Promise<Chain[]> {
  // In the centre the end is looked for where it should be first, so that not every partition is asked.
  const near = `(SELECT max(e.sequence) FROM entries e WHERE e.writer = w.number AND e.time >= w.last_time), `;
  const rows = await database.all(
    `SELECT w.number, w.id, coalesce(${database.dialect === "postgres" ? near : ""}
       (SELECT max(e.sequence) FROM entries e WHERE e.writer = w.number),
       (SELECT c.sequence FROM cuts c WHERE c.writer = w.number)) AS last
     FROM writers w ORDER BY w.number`,
  );
  return rows.map((row) => ({
    writer: Number(row.number),
    writerId: String(row.id),
    last: Number(row.last ?? 0),
  }));
}

/** The entries of a chain behind a number, in order. */
export async function readChain(
  database: LedgerDatabase,
  writer: number,
  after: number,
  limit: number,
): Promise<Row[]> {
  const sql = `SELECT writer, sequence, time, payload, digest FROM entries
    WHERE writer = ? AND sequence > ? ORDER BY sequence LIMIT ?`;
  return await database.all(sql, [writer, after, limit]);
}

/** The first number that a chain still holds, or the next where all was dropped; undefined where there was none. */
export async function firstOf(database: LedgerDatabase, writer: number): Promise<number | undefined> {
  const sql = `SELECT coalesce((SELECT min(sequence) FROM entries WHERE writer = ?),
    (SELECT sequence + 1 FROM cuts WHERE writer = ?)) AS first`;
  const rows = await database.all(sql, [writer, writer]);
  const first = rows[0]?.first;
  return first === null || first === undefined ? undefined : Number(first);
}

/**
 * The number of the last entry of a chain before a time, by halving: time and number sort alike within a chain.
 * @param time microseconds since the epoch.
 */
export async function sequenceBefore(database: LedgerDatabase, chain: Chain, time: number): Promise<number> {
  const first = await firstOf(database, chain.writer);
  if (first === undefined) return 0;
  let before = first - 1;
  let notBefore = chain.last + 1;
  while (notBefore - before > 1) {
    const middle = Math.floor((before + notBefore) / 2);
    const sql = "SELECT time FROM entries WHERE writer = ? AND sequence = ?";
    const found = (await database.all(sql, [chain.writer, middle]))[0]?.time;
    if (Number(found) < time) before = middle;
    else notBefore = middle;
  }
  return before;
}
