import { styleText } from "node:util";
import { toJson } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { AttemptErrorReasonSchema, AttemptStateSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import { GetRecordResponseSchema } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import type { Record as AuditRecord } from "#gen/pointsman/v1/record_pb.ts";
import { RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import { formatDollars } from "../lib/money.ts";
import { type AuditOptions, filterOf, wholeNumber } from "./audit-options.ts";
import { connect } from "./connection.ts";
import { showCompletion, showDecision } from "./show-decision.ts";
import { formatTable } from "./table.ts";

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
