import type { ClientBase } from "pg";
import { inTransaction } from "./postgres-transaction.ts";

/** A part of the table of entries: those from `start` to before `end`, microseconds since the epoch. */
export interface Partition {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const DAY_MICROS = 86_400_000_000;

/** The partitions that there are, oldest first. The catalogue is asked, for it cannot be wrong about them. */
export async function readPartitions(client: ClientBase): Promise<Partition[]> {
  const { rows } = await client.query<{ name: string; bounds: string }>(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'entries'::regclass`,
  );
  return rows.flatMap(({ name, bounds }) => partitionOf(name, bounds) ?? []).sort(byStart);
}

/** Whether each of these times has its partition. */
export function areCovered(partitions: readonly Partition[], times: readonly number[]): boolean {
  return times.every((time) => partitions.some(({ start, end }) => start <= time && time < end));
}

/**
 * Makes the partitions that these times lack, `days` wide, and answers all there are. Replicas that want the same one at
 * once make it one after another. A partition is made beside the table and then attached, which stops neither readers
 * nor writers.
 * @param times microseconds since the epoch.
 */
export async function coverTimes(
  client: ClientBase,
  days: number,
  times: readonly number[],
): Promise<Partition[]> {
  return await inTransaction(client, async () => {
    await lockPartitions(client);
    const partitions = await readPartitions(client);
    for (const time of times) {
      if (areCovered(partitions, [time])) continue;
      const partition = partitionFor(partitions, days, time);
      await client.query(
        `CREATE TABLE ${partition.name} (LIKE entries INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
         ALTER TABLE entries ATTACH PARTITION ${partition.name} FOR VALUES FROM (${partition.start}) TO (${partition.end})`,
      );
      partitions.push(partition);
      partitions.sort(byStart);
    }
    return partitions;
  });
}

/** Until the transaction ends nobody else makes or drops partitions of this schema. */
export async function lockPartitions(client: ClientBase): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('pointsman partitions ' || current_schema()))");
}

/** The period that a time is in, cut to what its neighbours leave: their width may have been another. */
function partitionFor(partitions: readonly Partition[], days: number, time: number): Partition {
  const width = days * DAY_MICROS;
  const period = Math.floor(time / width) * width;
  const before = partitions.findLast(({ end }) => end <= time);
  const after = partitions.find(({ start }) => start > time);
  const start = Math.max(period, before?.end ?? Number.NEGATIVE_INFINITY);
  const end = Math.min(period + width, after?.start ?? Number.POSITIVE_INFINITY);
  const date = new Date(start / 1_000).toISOString().slice(0, 10).replaceAll("-", "");
  return { name: `entries_${date}`, start, end };
}

function partitionOf(name: string, bounds: string): Partition | undefined {
  const found = /FROM \('?(-?\d+)'?\) TO \('?(-?\d+)'?\)/.exec(bounds);
  return found ? { name, start: Number(found[1]), end: Number(found[2]) } : undefined;
}

function byStart(left: Partition, right: Partition): number {
  return left.start - right.start;
}
