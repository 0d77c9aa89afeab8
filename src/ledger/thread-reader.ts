import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  SummarizeRecordsResponseSchema,
  VerifyLedgerResponseSchema,
  WatchEntriesResponseSchema,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { type RecordFilter, RecordFilterSchema, RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import type { LedgerReader } from "./ledger.ts";
import type { DecisionBytes } from "./read-decisions.ts";
import type { FilterBytes, WatchArgument } from "./reader-methods.ts";
import type { ThreadClient } from "./thread-client.ts";
import type { ExpectedHead } from "./verify-ledger.ts";

/** How the centre is read. */
export interface CentreReading {
  readonly thread: ThreadClient;
  /** The place of the local ledger up to which the centre has everything; 0 where that is not known. */
  readonly position: () => number;
}

/**
 * Reads through threads. `near` answers what requests in flight wait for and feeds the watchers; `far` answers what may
 * take long, so that a sum over a million records delays nobody else.
 * @param wholeCentre reads the entries of all machines; undefined where this machine's are read.
 * @param ownHeads how far this process knows its own chain to be, so that verifying misses nothing at the end.
 */
export function createThreadReader(
  near: ThreadClient,
  far: ThreadClient,
  ownHeads: () => readonly ExpectedHead[],
  wholeCentre: CentreReading | undefined,
): LedgerReader {
  const centre = wholeCentre?.thread;
  const wide = centre ?? far;
  return {
    async getRecord(decisionId, scope, signal) {
      // A record of this machine is here at once; the centre has it a moment later, and those of other machines.
      const here = await near.call("getRecord", { decisionId, scope }, signal);
      const bytes = here ?? (await centre?.call("getRecord", { decisionId, scope }, signal));
      return bytes ? fromBinary(RecordSchema, bytes as Uint8Array) : undefined;
    },
    async findRequest(tenant, requestId, signal) {
      const here = await near.call("findRequest", { tenant, requestId }, signal);
      const found = here ?? (await centre?.call("findRequest", { tenant, requestId }, signal));
      return found as { decisionId: string; inputDigest: Uint8Array } | undefined;
    },
    async listRecords({ filter, pageSize, pageToken }, scope, signal) {
      const argument = { filter: writeFilter(filter), pageSize, pageToken, scope };
      const page = (await wide.call("listRecords", argument, signal)) as {
        records: Uint8Array[];
        nextPageToken: string;
      };
      const records = page.records.map((bytes) => fromBinary(RecordSchema, bytes));
      return { records, nextPageToken: page.nextPageToken };
    },
    async summarizeRecords({ filter, groupBy }, scope, signal) {
      const argument = { filter: writeFilter(filter), groupBy: [...groupBy], scope };
      const bytes = await wide.call("summarizeRecords", argument, signal);
      return fromBinary(SummarizeRecordsResponseSchema, bytes as Uint8Array);
    },
    async *watchEntries({ cursor, startTime, filter }, scope, signal) {
      const time = startTime && Number(startTime.seconds) * 1000 + startTime.nanos / 1e6;
      const argument: WatchArgument = { cursor, startTime: time, filter: writeFilter(filter), scope };
      for await (const batch of (centre ?? near).stream("watchEntries", argument, signal)) {
        for (const bytes of batch) yield fromBinary(WatchEntriesResponseSchema, bytes as Uint8Array);
      }
    },
    async *verify({ writerIds }, signal) {
      // The centre may be a moment behind, which is no break: it has to hold what it said that it has.
      const heads = centre ? [] : [...ownHeads()];
      const argument = { writerIds: [...writerIds], heads, position: wholeCentre?.position() ?? 0 };
      for await (const batch of wide.stream("verify", argument, signal)) {
        for (const bytes of batch) yield fromBinary(VerifyLedgerResponseSchema, bytes as Uint8Array);
      }
    },
    async *readDecisions(filter, limit, scope, signal) {
      const argument = { filter: writeFilter(filter), limit, scope };
      for await (const batch of wide.stream("readDecisions", argument, signal)) {
        for (const item of batch as readonly DecisionBytes[]) {
          const decision = fromBinary(DecisionSchema, item.decision);
          const end = item.completion && { completion: fromBinary(CompletionSchema, item.completion) };
          yield { decision, decisionBytes: item.decision, ...end };
        }
      }
    },
    async getDocument(kind, revision) {
      const here = await near.call("getDocument", { kind, revision });
      return (here ?? (await centre?.call("getDocument", { kind, revision }))) as Uint8Array | undefined;
    },
  };
}

function writeFilter(filter: RecordFilter | undefined): FilterBytes {
  return filter && toBinary(RecordFilterSchema, filter);
}
