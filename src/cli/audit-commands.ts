import { toJson } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AttemptStateSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import {
  type RecordSummary,
  type ReplayRecordsResponse_Summary,
  ReplayRecordsResponseSchema,
  SummarizeRecordsResponseSchema,
  type SummaryDimension,
  SummaryDimensionSchema,
  type WatchEntriesResponse,
  WatchEntriesResponseSchema,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import { formatDollars } from "../lib/money.ts";
import { type AuditOptions, enumOf, filterOf, parseSince, wholeNumber } from "./audit-options.ts";
import { connect } from "./connection.ts";
import { showVerification } from "./show-verification.ts";
import { formatTable } from "./table.ts";

/** Follows the ledger; after a disconnect it resumes from the last cursor. */
export async function auditWatch(options: AuditOptions & { readonly cursor?: string }): Promise<number> {
  const { audit } = connect(options);
  const startTime = options.since ? timestampFromDate(parseSince(options.since)) : undefined;
  const request = {
    cursor: options.cursor ?? "",
    filter: filterOf(options),
    ...(startTime && { startTime }),
  };
  for await (const response of audit.watchEntries(request)) {
    if (options.json) console.log(JSON.stringify(toJson(WatchEntriesResponseSchema, response)));
    else if (response.event.case === "entry") console.log(describeEntry(response.event.value));
  }
  return 0;
}

type WatchedEntry = Extract<WatchEntriesResponse["event"], { case: "entry" }>["value"];

function describeEntry({ createTime, decisionId, event, sequence }: WatchedEntry): string {
  const time = createTime ? timestampDate(createTime).toISOString().slice(11, 23) : "";
  const head = `${time} #${sequence} ${decisionId || "ledger"}`;
  switch (event.case) {
    case "decided": {
      const { decision } = event.value;
      return `${head} decided ${enumWord(TaskSchema, decision?.facts?.task ?? 0)} -> ${decision?.candidates[0]?.targetId ?? decision?.message ?? ""}`;
    }
    case "attempted": {
      const { attempt } = event.value;
      return `${head} attempted ${attempt?.targetId}: ${enumWord(AttemptStateSchema, attempt?.state ?? 0)}${attempt?.error ? `, ${attempt.error.message}` : ""}`;
    }
    case "finished":
      return `${head} finished ${enumWord(CompletionStateSchema, event.value.completion?.state ?? 0)}, ${formatDollars((event.value.completion?.costMicros ?? 0) / 1e6)}`;
    case "outcome":
      return `${head} outcome ${event.value.success ? "success" : "failure"} by ${event.value.reporter}`;
    case "notice":
      return `${head} ${event.value.message}`;
    default:
      return head;
  }
}

/** Sums records up by group. */
export async function auditSummary(options: AuditOptions & { readonly by?: string }): Promise<number> {
  const { audit } = connect(options);
  const words = (options.by ?? "task,target").split(",").filter(Boolean);
  const groupBy = words.map((word) => enumOf<SummaryDimension>(SummaryDimensionSchema, "--by", word));
  const response = await audit.summarizeRecords({ filter: filterOf(options), groupBy });
  if (options.json) {
    console.log(JSON.stringify(toJson(SummarizeRecordsResponseSchema, response)));
    return 0;
  }
  const milliseconds = (duration: RecordSummary["latencyP50"]): string =>
    duration ? toMilliseconds(duration).toFixed(0) : "";
  const table = formatTable<RecordSummary>(
    [
      ...words.map((word, index) => ({
        title: word,
        cell: ({ group }: RecordSummary) => group[index] ?? "",
      })),
      { title: "records", align: "right", cell: ({ recordCount }) => String(recordCount) },
      {
        title: "states",
        cell: ({ states }) =>
          states.map(({ state, count }) => `${enumWord(CompletionStateSchema, state)} ${count}`).join(", "),
      },
      { title: "cost", align: "right", cell: ({ costMicros }) => formatDollars(Number(costMicros) / 1e6) },
      {
        title: "success",
        align: "right",
        cell: ({ successRate, successRateLower, successRateUpper }) =>
          successRate === undefined
            ? "-"
            : `${(successRate * 100).toFixed(0)} % (${((successRateLower ?? 0) * 100).toFixed(0)}-${((successRateUpper ?? 0) * 100).toFixed(0)})`,
      },
      {
        title: "cost per success",
        align: "right",
        cell: ({ costMicrosPerSuccess }) =>
          costMicrosPerSuccess === undefined ? "-" : formatDollars(costMicrosPerSuccess / 1e6),
      },
      { title: "p50 ms", align: "right", cell: ({ latencyP50 }) => milliseconds(latencyP50) },
      { title: "p95 ms", align: "right", cell: ({ latencyP95 }) => milliseconds(latencyP95) },
      { title: "p99 ms", align: "right", cell: ({ latencyP99 }) => milliseconds(latencyP99) },
    ],
    response.groups,
  );
  console.log(response.groups.length === 0 ? "There are no records yet." : table);
  return 0;
}

/** Walks the service's hash chains, with a progress bar; 1 where one does not hold. */
export async function auditVerify(options: AuditOptions): Promise<number> {
  return await showVerification(connect(options).audit.verifyLedger({}), options.json === true);
}

/** Decides recorded facts again, and says what differs. */
export async function auditReplay(options: AuditOptions & { readonly policyText?: string }): Promise<number> {
  const { audit } = connect(options);
  const candidate =
    options.policyText === undefined
      ? { case: undefined }
      : { case: "policyDocument" as const, value: options.policyText };
  let summary: ReplayRecordsResponse_Summary | undefined;
  const request = {
    filter: filterOf(options),
    candidate,
    limit: options.limit ? wholeNumber("--limit", options.limit) : 0,
  };
  for await (const response of audit.replayRecords(request)) {
    if (options.json) console.log(JSON.stringify(toJson(ReplayRecordsResponseSchema, response)));
    const { event } = response;
    if (event.case === "difference" && !options.json)
      console.log(`${event.value.decisionId}: ${event.value.message}`);
    if (event.case === "summary") summary = event.value;
  }
  if (!summary) return 1;
  if (!options.json) {
    for (const { path, line, message } of summary.issues) console.error(`line ${line}, ${path}: ${message}`);
    console.log(
      `${summary.recordCount} records decided again, ${summary.sameCount} the same, ${summary.skippedCount} skipped; expected cost ${formatDollars(summary.wasCost)} -> ${formatDollars(summary.wouldCost)}, expected success ${summary.wasSuccessProbability.toFixed(3)} -> ${summary.wouldSuccessProbability.toFixed(3)}`,
    );
  }
  // Without a candidate, anything but the same decision is a broken promise.
  return candidate.case === undefined && summary.sameCount < summary.recordCount ? 1 : 0;
}
