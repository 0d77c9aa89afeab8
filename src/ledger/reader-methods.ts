import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { SummarizeRecordsResponseSchema, type SummaryDimension } from "#gen/pointsman/v1/audit_service_pb.ts";
import { type RecordFilter, RecordFilterSchema, RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import type { CommitSignal } from "./commit-signal.ts";
import type { ContentCipher } from "./content-cipher.ts";
import type { LedgerDatabase } from "./database.ts";
import type { DocumentKind, Scope } from "./ledger.ts";
import { readDecisions } from "./read-decisions.ts";
import { findRequest, getRecord, listRecords } from "./read-records.ts";
import type { ThreadMethods } from "./serve-thread.ts";
import type { SignatureChecker } from "./signing.ts";
import { summarizeRecords } from "./summarize-records.ts";
import { type ExpectedHead, verifyLedger } from "./verify-ledger.ts";
import { watchEntries } from "./watch-entries.ts";
import { createWatchTail } from "./watch-tail.ts";

/** A filter as it crosses threads: its protobuf bytes. */
export type FilterBytes = Uint8Array | undefined;

/** What reading needs besides the engine. */
export interface ReaderParts {
  readonly database: LedgerDatabase;
  readonly cipher: ContentCipher;
  readonly checker: SignatureChecker;
  /**
   * The heads that are known from elsewhere than the entries.
   * @param position the place of the local ledger up to which the centre is known to have everything.
   */
  readonly knownHeads: (position: number) => Promise<readonly ExpectedHead[]>;
  /** The longest silence of a watch, in milliseconds. */
  readonly checkpointMs: number;
  /** Tells of commits of this process; undefined where somebody else's are read. */
  readonly committed: CommitSignal | undefined;
}

/** What a reading thread can be asked, on either engine. Messages cross as their protobuf bytes. */
export function readerMethods({
  database,
  cipher,
  checker,
  knownHeads,
  checkpointMs,
  committed,
}: ReaderParts): ThreadMethods {
  const tail = createWatchTail(database, committed);
  return {
    calls: {
      async getRecord({ decisionId, scope }: { decisionId: string; scope: Scope }) {
        const record = await getRecord(database, cipher, decisionId, scope);
        return record && toBinary(RecordSchema, record);
      },
      async findRequest({ tenant, requestId }: { tenant: string; requestId: string }) {
        return await findRequest(database, tenant, requestId);
      },
      async listRecords(query: { filter: FilterBytes; pageSize: number; pageToken: string; scope: Scope }) {
        const { scope, ...rest } = query;
        const page = await listRecords(database, { ...rest, filter: readFilter(query.filter) }, scope);
        return { ...page, records: page.records.map((record) => toBinary(RecordSchema, record)) };
      },
      async summarizeRecords(query: { filter: FilterBytes; groupBy: SummaryDimension[]; scope: Scope }) {
        const { filter, groupBy, scope } = query;
        const summed = await summarizeRecords(database, { filter: readFilter(filter), groupBy }, scope);
        return toBinary(SummarizeRecordsResponseSchema, summed);
      },
      async getDocument({ kind, revision }: { kind: DocumentKind; revision: string }) {
        const sql = "SELECT bytes FROM documents WHERE kind = ? AND revision = ?";
        return (await database.all(sql, [kind, revision]))[0]?.bytes;
      },
    },
    streams: {
      watchEntries(query: WatchArgument, signal) {
        const { cursor, startTime, filter, scope } = query;
        const time = startTime === undefined ? undefined : timestampFromMs(startTime);
        const asked = { cursor, startTime: time, filter: readFilter(filter) };
        return watchEntries(database, tail, asked, scope, checkpointMs, signal);
      },
      async *verify({ writerIds, heads, position }: VerifyArgument) {
        // Asked first: what is added while the walk is under way may be beyond what it sees.
        const known = await knownHeads(position);
        yield* verifyLedger(database, checker, writerIds, [...heads, ...known]);
      },
      readDecisions({ filter, limit, scope }: { filter: FilterBytes; limit: number; scope: Scope }) {
        return readDecisions(database, readFilter(filter), limit, scope);
      },
    },
  };
}

/** What is to be verified, as it crosses threads. */
interface VerifyArgument {
  readonly writerIds: readonly string[];
  readonly heads: readonly ExpectedHead[];
  readonly position: number;
}

/** What a watcher asks for, as it crosses threads. */
export interface WatchArgument {
  readonly cursor: string;
  /** Milliseconds since the epoch, with a fraction. */
  readonly startTime: number | undefined;
  readonly filter: FilterBytes;
  readonly scope: Scope;
}

/** Reads a filter that crossed threads. */
export function readFilter(bytes: FilterBytes): RecordFilter | undefined {
  return bytes && fromBinary(RecordFilterSchema, bytes);
}
