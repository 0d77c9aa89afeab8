import { styleText } from "node:util";
import { create, toJson } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AttemptErrorReasonSchema, AttemptStateSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import {
  GetRecordResponseSchema,
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
import type { Record as AuditRecord } from "#gen/pointsman/v1/record_pb.ts";
import { type RecordFilter, RecordFilterSchema, RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumFromWord, enumWord } from "../lib/enums.ts";
import { formatDollars } from "../lib/money.ts";
import { type ConnectionOptions, connect } from "./connection.ts";
import { UsageError } from "./input.ts";
import { showCompletion, showDecision } from "./show-decision.ts";
import { showVerification } from "./show-verification.ts";
import { formatTable } from "./table.ts";

/** Options that every audit command takes. */
export interface AuditOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly task?: string;
  readonly target?: string;
  readonly state?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly limit?: string;
}

/** Lists records, newest first. */
export async function auditList(options: AuditOptions): Promise<number> {
  const { audit } = connect(options);
  const limit = wholeNumber("--limit", options.limit ?? "20");
  const records: AuditRecord[] = [];
  for (let pageToken = ""; records.length < limit; ) {
    const page = await audit.listRecords({
      pageSize: Math.min(1_000, limit - records.length),
      pageToken,
      filter: filterOf(options),
    });
    records.push(...page.records);
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  if (options.json) for (const record of records) console.log(JSON.stringify(toJson(RecordSchema, record)));
  else console.log(records.length === 0 ? "There are no records yet." : formatTable(RECORD_COLUMNS, records));
  return 0;
}

const RECORD_COLUMNS = [
  {
    title: "time",
    cell: ({ createTime }: AuditRecord) =>
      createTime ? timestampDate(createTime).toISOString().slice(0, 19) : "",
  },
  { title: "decision", cell: ({ decisionId }: AuditRecord) => decisionId },
  { title: "task", cell: ({ decision }: AuditRecord) => enumWord(TaskSchema, decision?.facts?.task ?? 0) },
  { title: "target", cell: ({ completion }: AuditRecord) => completion?.targetId || "-" },
  { title: "state", cell: ({ state }: AuditRecord) => enumWord(CompletionStateSchema, state) },
  {
    title: "cost",
    align: "right" as const,
    cell: ({ completion }: AuditRecord) => formatDollars((completion?.costMicros ?? 0) / 1e6),
  },
  {
    title: "ms",
    align: "right" as const,
    cell: ({ completion }: AuditRecord) =>
      completion?.latency ? toMilliseconds(completion.latency).toFixed(0) : "",
  },
  {
    title: "rules",
    cell: ({ decision }: AuditRecord) => decision?.matches.map(({ ruleId }) => ruleId).join(", ") ?? "",
  },
];

/** Shows all that is known of one request. */
export async function auditShow(decisionId: string, options: AuditOptions): Promise<number> {
  const { audit } = connect(options);
  const response = await audit.getRecord({ decisionId });
  if (options.json) {
    console.log(JSON.stringify(toJson(GetRecordResponseSchema, response)));
    return 0;
  }
  const { record } = response;
  if (!record) return 1;
  const { completion, decision, input } = record;
  const said = input?.turns
    .at(-1)
    ?.parts.flatMap(({ content }) => (content.case === "text" ? [content.value] : []))
    .join("\n");
  if (said) console.log(`${styleText("dim", "asked")}\n${said}\n`);
  const answered = completion?.parts
    .flatMap(({ content }) => (content.case === "text" ? [content.value] : []))
    .join("\n");
  if (answered) console.log(`${styleText("dim", "answered")}\n${answered}\n`);
  console.log(completion ? showCompletion(completion) : enumWord(CompletionStateSchema, record.state));
  if (decision) console.log(`\n${showDecision(decision)}`);
  if (record.attempts.length > 0) {
    const table = formatTable(
      [
        {
          title: "attempt",
          cell: ({ targetId, hedge, shadow }) =>
            `${targetId}${hedge ? " (hedge)" : ""}${shadow ? " (shadow)" : ""}`,
        },
        { title: "end", cell: ({ state }) => enumWord(AttemptStateSchema, state) },
        {
          title: "reason",
          cell: ({ error }) => (error ? enumWord(AttemptErrorReasonSchema, error.reason) : ""),
        },
        {
          title: "ms",
          align: "right",
          cell: ({ latency }) => (latency ? toMilliseconds(latency).toFixed(0) : ""),
        },
        { title: "cost", align: "right", cell: ({ costMicros }) => formatDollars(costMicros / 1e6) },
      ],
      record.attempts,
    );
    console.log(`\n${table}`);
  }
  for (const { reporter, success, comment } of record.outcomes)
    console.log(`outcome by ${reporter}: ${success ? "success" : "failure"}${comment ? `, ${comment}` : ""}`);
  for (const { writerId, sequence, digest } of record.entries) {
    console.log(styleText("dim", `entry ${sequence} of ${writerId}, ${Buffer.from(digest).toString("hex")}`));
  }
  return 0;
}

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

function filterOf({ task, target, state, rule, since }: AuditOptions): RecordFilter {
  const filter = create(RecordFilterSchema, {
    targetIds: target ? [target] : [],
    ruleIds: rule ? [rule] : [],
  });
  if (task) filter.tasks = [enumOf(TaskSchema, "--task", task)];
  if (state) filter.states = [enumOf(CompletionStateSchema, "--state", state)];
  if (since) filter.startTime = timestampFromDate(parseSince(since));
  return filter;
}

/** A time, or how long ago: "2026-11-24T10:00:00Z", "90s", "15m", "2h", "7d". */
function parseSince(text: string): Date {
  const ago = /^(\d+)([smhd])$/.exec(text);
  const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[ago?.[2] ?? "s"] ?? 0;
  const date = ago ? new Date(Date.now() - Number(ago[1]) * unit) : new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new UsageError(`--since wants a time or how long ago (15m, 2h, 7d), not ${JSON.stringify(text)}.`);
  return date;
}

function enumOf<Value extends number>(
  schema: Parameters<typeof enumFromWord>[0],
  option: string,
  word: string,
): Value {
  const value = enumFromWord(schema, word);
  if (value) return value as Value;
  const known = schema.values
    .filter(({ number }) => number !== 0)
    .map(({ localName }) => localName.toLowerCase());
  throw new UsageError(`${option} wants one of ${known.join(", ")}, not ${JSON.stringify(word)}.`);
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${option} wants a whole number over 0, not ${JSON.stringify(text)}.`);
}
