import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { WatchEntriesResponseSchema } from "#gen/pointsman/v1/audit_service_pb.ts";
import { type Chain, firstOf, readChain, readChains, sequenceBefore } from "./chains.ts";
import type { LedgerDatabase, Row } from "./database.ts";
import { readEntryHead } from "./entry-head.ts";
import { LedgerError } from "./errors.ts";
import type { Scope, WatchQuery } from "./ledger.ts";
import { micros } from "./projection.ts";
import { type Positions, queryDigest, readCursor, writeCursor } from "./tokens.ts";
import { createWatchFilter } from "./watch-filter.ts";
import type { WatchedEntry, WatchTail } from "./watch-tail.ts";
import { bytesField } from "./wire.ts";

/** Rows of one chain that are read at once while a watcher catches up. */
const HISTORY_PAGE = 256;

/**
 * Follows the ledger from a cursor, a time or now: first what is there, then what is added. Yields batches of encoded
 * `WatchEntriesResponse`. Each chain is delivered in its order without gap or repeat; chains are merged by time.
 * @param checkpointMs the longest silence.
 */
export async function* watchEntries(
  database: LedgerDatabase,
  tail: WatchTail,
  query: WatchQuery,
  scope: Scope,
  checkpointMs: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const digest = queryDigest(query.filter, scope);
  const filter = createWatchFilter(database, query.filter, scope, Buffer.from(digest).toString("hex"));
  const positions = await startingPositions(database, query, digest);
  let spoke = performance.now();

  const isNew = (entry: WatchedEntry): boolean => entry.sequence > (positions.get(entry.writerId) ?? 0);
  const deliver = (entries: readonly WatchedEntry[], all: readonly WatchedEntry[]): Uint8Array[] => {
    const messages: Uint8Array[] = [];
    const chosen = new Set(entries);
    for (const entry of all) {
      positions.set(entry.writerId, entry.sequence);
      if (chosen.has(entry)) messages.push(entryMessage(writeCursor(positions, digest), entry));
    }
    if (messages.length > 0) spoke = performance.now();
    return messages;
  };
  const checkpoint = (completeThrough: number): Uint8Array[] => {
    spoke = performance.now();
    return [checkpointMessage(writeCursor(positions, digest), completeThrough)];
  };

  while (!signal.aborted) {
    // History: as long as this watcher is behind, it reads for itself and at its own pace.
    const { completeThrough } = await database.pulse();
    for (;;) {
      const page = await readHistory(database, positions);
      if (page.length === 0) break;
      const messages = deliver(await filter.select(page, new Map()), page);
      if (messages.length > 0) yield messages;
      else if (performance.now() - spoke > checkpointMs) yield checkpoint(0);
      if (signal.aborted) return;
    }
    try {
      const joined = await tail.join();
      if (isBehind(positions, joined.positions)) continue;
      yield checkpoint(completeThrough);

      // Live: batches that are read once for all watchers.
      for (let at = joined.at; !signal.aborted; ) {
        const batch = tail.batch(at);
        if (batch === "gone") break;
        if (batch === undefined) {
          const quiet = checkpointMs - (performance.now() - spoke);
          if (quiet <= 0) yield checkpoint(tail.pulse?.completeThrough ?? 0);
          else await tail.wait(quiet, signal);
          continue;
        }
        at += 1;
        const chosen = await filter.select(batch.entries, batch.matches);
        const fresh = batch.entries.filter(isNew);
        const messages = deliver(chosen, fresh);
        if (messages.length > 0) yield messages;
      }
    } finally {
      tail.leave();
    }
  }
}

/** Where a watcher begins. @throws LedgerError `invalid_cursor` or `cursor_expired`. */
async function startingPositions(
  database: LedgerDatabase,
  { cursor, startTime }: WatchQuery,
  digest: Uint8Array,
): Promise<Positions> {
  const chains = await readChains(database);
  if (cursor !== "") {
    const positions = readCursor(cursor, digest);
    for (const chain of chains) await refuseExpired(database, chain, positions);
    return positions;
  }
  if (!startTime) return new Map(chains.map(({ writerId, last }) => [writerId, last]));
  const positions: Positions = new Map();
  for (const chain of chains) {
    positions.set(chain.writerId, await sequenceBefore(database, chain, micros(startTime)));
  }
  return positions;
}

/** A cursor that points before what is kept would skip entries silently. */
async function refuseExpired(database: LedgerDatabase, chain: Chain, positions: Positions): Promise<void> {
  const first = await firstOf(database, chain.writer);
  const position = positions.get(chain.writerId) ?? 0;
  if (first === undefined || first <= position + 1) return;
  const oldest = (await readChain(database, chain.writer, first - 1, 1))[0];
  throw new LedgerError(
    "cursor_expired",
    "Entries behind the cursor are no longer kept. Start from a time instead.",
    {
      metadata: { oldest_time: new Date(Number(oldest?.time ?? 0) / 1000).toISOString() },
    },
  );
}

/** The next entries of all chains, merged by time; none where all is delivered. */
async function readHistory(database: LedgerDatabase, positions: Positions): Promise<WatchedEntry[]> {
  const rows: { row: Row; writerId: string }[] = [];
  // Behind the last row of a full page other rows may follow, so that nothing later may be delivered yet.
  let bound = Number.POSITIVE_INFINITY;
  for (const { writer, writerId, last } of await readChains(database)) {
    const after = positions.get(writerId) ?? 0;
    if (last <= after) continue;
    const page = await readChain(database, writer, after, HISTORY_PAGE);
    if (page.length === HISTORY_PAGE) bound = Math.min(bound, Number(page.at(-1)?.time));
    for (const row of page) rows.push({ row, writerId });
  }
  return rows
    .filter(({ row }) => Number(row.time) <= bound)
    .sort((left, right) => Number(left.row.time) - Number(right.row.time))
    .map(({ row, writerId }) => readEntryHead(writerId, row));
}

function isBehind(positions: Positions, ahead: ReadonlyMap<string, number>): boolean {
  for (const [writerId, sequence] of ahead) if ((positions.get(writerId) ?? 0) < sequence) return true;
  return false;
}

/** A response with an entry, put together from its stored bytes. */
function entryMessage(cursor: string, { payload, digest }: WatchedEntry): Uint8Array {
  const entry = bytesField(2, payload, bytesField(11, digest));
  return Buffer.concat([bytesField(1, Buffer.from(cursor, "latin1")), entry]);
}

function checkpointMessage(cursor: string, completeThrough: number): Uint8Array {
  const time = completeThrough > 0 ? { time: timestampFromMs(completeThrough) } : {};
  const response = create(WatchEntriesResponseSchema, { cursor, event: { case: "checkpoint", value: time } });
  return toBinary(WatchEntriesResponseSchema, response);
}
