import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type {
  SummarizeRecordsResponse,
  SummaryDimension,
  VerifyLedgerResponse,
  WatchEntriesResponse,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import type { Completion } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { Entry } from "#gen/pointsman/v1/entry_pb.ts";
import type { Record, RecordFilter } from "#gen/pointsman/v1/record_pb.ts";

/** What somebody wants written. Writer, number, time and digests are the ledger's business. */
export interface NewEntry {
  /** Empty where the entry belongs to the ledger itself. */
  readonly decisionId: string;
  /** Empty where the entry belongs to the ledger itself. */
  readonly tenant: string;
  readonly event: Entry["event"];
  /** Stored beside the entry, never inside it, so that it can be erased without breaking the chain. */
  readonly content?: StoredContent | undefined;
}

/** Content of a request or an answer, as policy allows to keep it. */
export interface StoredContent {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Whose content it is, for erasure. If not set, it can be erased by its decision only. */
  readonly subject?: string | undefined;
}

/** The append-only ledger of one process. */
export interface Ledger {
  /**
   * Resolves when the entry is as durable as configured. The order of the calls is the order of the numbers.
   * @throws LedgerError `overloaded`, `unavailable` or `closed`.
   */
  append(entry: NewEntry): Promise<void>;
  readonly reader: LedgerReader;
  /** Keeps a policy, a configuration or a scorecard under its content hash; repeating it changes nothing. */
  putDocument(kind: DocumentKind, revision: string, bytes: Uint8Array): Promise<void>;
  /** How the ledger is, without waiting. */
  state(): LedgerState;
  /** Keeping, erasing and pruning; see its own page. */
  readonly upkeep: LedgerUpkeep;
  /** Writes what waits, says goodbye in the chain, and stops the threads. */
  close(): Promise<void>;
}

/** What happens to the ledger besides appending. */
export interface LedgerUpkeep {
  /** Erases all content of one subject of one tenant, and says so in the chain; returns how many contents. */
  eraseSubject(tenant: string, subject: string): Promise<number>;
  /** Encrypts again under the first key all content that another key, or none, protects; returns how many. */
  reencrypt(): Promise<number>;
  /** Drops what retention no longer keeps, by a signed notice; returns how many entries. */
  prune(): Promise<number>;
}

/** What a revision is the content hash of. */
export type DocumentKind = "policy" | "config" | "scorecard";

/** How the ledger is. */
export interface LedgerState {
  /** `slow`: entries wait longer than they should. `failing`: the last attempt to write did not succeed. */
  readonly status: "ok" | "slow" | "failing";
  /** A sentence for people; empty where all is well. */
  readonly message: string;
  readonly writerId: string;
  /** Entries that wait to be written. */
  readonly pending: number;
  /** The number of the last entry that is as durable as configured. */
  readonly lastSequence: number;
  /** Entries that could not be recorded since the start, where the configuration allows to serve them. */
  readonly unrecorded: number;
  /** Milliseconds that the oldest waiting entry has waited. */
  readonly oldestPendingMs: number;
  /** The forwarder to PostgreSQL; undefined where none is configured. */
  readonly forward: ForwardState | undefined;
}

/** How the forwarder is. */
export interface ForwardState {
  readonly status: "ok" | "lagging" | "away";
  readonly message: string;
  /** Entries that the centre does not have yet. */
  readonly lag: number;
  /** Age in milliseconds of the oldest of them. */
  readonly lagMs: number;
  /** Entries forwarded since the start. */
  readonly forwarded: number;
  /** The place in this folder's ledger up to which the centre has everything; 0 where that is not known. */
  readonly position: number;
  /** Why entries are still in the centre although their time is over; empty where none are. */
  readonly retention: string;
}

/** What the caller may see. */
export interface Scope {
  readonly tenants: readonly string[] | "all";
}

/** A page that is asked for. */
export interface ListQuery {
  readonly filter: RecordFilter | undefined;
  /** 0 for the default of 50; at most 1,000. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

/** What a watcher asks for. */
export interface WatchQuery {
  /** Empty where `startTime` decides. */
  readonly cursor: string;
  /** If not set, only what is added from now on. */
  readonly startTime: Timestamp | undefined;
  readonly filter: RecordFilter | undefined;
}

/** A decision as it was stored, for deciding it again. */
export interface StoredDecision {
  readonly decision: Decision;
  /** The very bytes that the chain protects. */
  readonly decisionBytes: Uint8Array;
  /** If not set, it has not ended. */
  readonly completion?: Completion | undefined;
}

/** Reads the ledger; never on the serving thread. */
export interface LedgerReader {
  /** With contents where they are stored. Undefined where there is none that the caller may see. */
  getRecord(decisionId: string, scope: Scope, signal: AbortSignal): Promise<Record | undefined>;
  /** The last decision made for a request id. */
  findRequest(
    tenant: string,
    requestId: string,
    signal: AbortSignal,
  ): Promise<{ decisionId: string; inputDigest: Uint8Array } | undefined>;
  /** @throws LedgerError `invalid_cursor`. */
  listRecords(
    query: ListQuery,
    scope: Scope,
    signal: AbortSignal,
  ): Promise<{ records: Record[]; nextPageToken: string }>;
  /** At most 1,000 groups, largest first. */
  summarizeRecords(
    query: { filter: RecordFilter | undefined; groupBy: readonly SummaryDimension[] },
    scope: Scope,
    signal: AbortSignal,
  ): Promise<SummarizeRecordsResponse>;
  /** History, then live. @throws LedgerError `invalid_cursor`, `cursor_expired` or `slow_consumer`. */
  watchEntries(query: WatchQuery, scope: Scope, signal: AbortSignal): AsyncIterable<WatchEntriesResponse>;
  /** Walks the chains; the last message is the summary. */
  verify(query: { writerIds: readonly string[] }, signal: AbortSignal): AsyncIterable<VerifyLedgerResponse>;
  /** Decisions, newest first. */
  readDecisions(
    filter: RecordFilter | undefined,
    limit: number,
    scope: Scope,
    signal: AbortSignal,
  ): AsyncIterable<StoredDecision>;
  getDocument(kind: DocumentKind, revision: string): Promise<Uint8Array | undefined>;
}
