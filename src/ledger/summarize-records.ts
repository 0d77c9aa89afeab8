import { create } from "@bufbuild/protobuf";
import { AttemptErrorReasonSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import {
  type RecordSummary,
  RecordSummarySchema,
  type StateCount,
  StateCountSchema,
  type SummarizeRecordsResponse,
  SummarizeRecordsResponseSchema,
  SummaryDimension,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import type { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import type { RecordFilter } from "#gen/pointsman/v1/record_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { toDuration } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import { recordCondition } from "./conditions.ts";
import type { LedgerDatabase, Row, SqlValue } from "./database.ts";
import type { Scope } from "./ledger.ts";
import { wilsonInterval } from "./wilson.ts";

const MOST_GROUPS = 1_000;
const DAY_MICROS = 86_400_000_000;

/** How a dimension is written in SQL, and how its value is shown. */
const DIMENSIONS: Readonly<Record<number, { sql: string; show: (value: SqlValue) => string }>> = {
  [SummaryDimension.TASK]: { sql: "r.task", show: (value) => enumWord(TaskSchema, Number(value)) },
  [SummaryDimension.TARGET]: { sql: "r.target_id", show: String },
  [SummaryDimension.TENANT]: { sql: "r.tenant", show: String },
  [SummaryDimension.APP]: { sql: "r.app", show: String },
  [SummaryDimension.POLICY_REVISION]: { sql: "r.policy_revision", show: String },
  [SummaryDimension.DAY]: {
    sql: `r.create_time / ${DAY_MICROS}`,
    show: (value) => new Date(Number(value) * 86_400_000).toISOString().slice(0, 10),
  },
  [SummaryDimension.EXPERIMENT_ARM]: { sql: "r.experiment_arm", show: String },
};

/** What is summed up: which records, by what. */
export interface SummaryQuery {
  readonly filter: RecordFilter | undefined;
  readonly groupBy: readonly SummaryDimension[];
}

/**
 * Sums records up by group, largest first. Percentiles are values that occurred: the smallest latency that at least
 * that share of the group's ended records did not exceed.
 */
export async function summarizeRecords(
  database: LedgerDatabase,
  { filter, groupBy }: SummaryQuery,
  scope: Scope,
): Promise<SummarizeRecordsResponse> {
  await database.freshen();
  const dimensions = groupBy.map((dimension) => DIMENSIONS[dimension]).filter((found) => found !== undefined);
  const keys = dimensions.map(({ sql }, index) => `${sql} AS g${index}`);
  const names = dimensions.map((_, index) => `g${index}`);
  const condition = recordCondition(database, filter, scope);
  const chosen = `WITH chosen AS (SELECT ${[...keys, "r.*"].join(", ")} FROM records r WHERE ${condition.sql})`;
  const ask = (select: string, more: string): Promise<Row[]> =>
    database.all(`${chosen} SELECT ${[...names, select].join(", ")} ${more}`, condition.values);
  const by = (extra: readonly string[] = []): string => {
    const columns = [...names, ...extra];
    return columns.length > 0 ? `GROUP BY ${columns.join(", ")}` : "";
  };

  const totals = await ask(
    TOTALS,
    `FROM chosen ${by()} ORDER BY record_count DESC, ${orderOf(names)} LIMIT ${MOST_GROUPS + 1}`,
  );
  const groups = new Map<string, RecordSummary>();
  for (const row of totals.slice(0, MOST_GROUPS)) {
    if (Number(row.record_count) === 0) continue;
    const group = dimensions.map(({ show }, index) => show(row[`g${index}`] ?? ""));
    groups.set(keyOf(row, names), summaryOf(group, row));
  }
  for (const row of await ask("state, count(*) AS count", `FROM chosen ${by(["state"])} ORDER BY state`)) {
    groups.get(keyOf(row, names))?.states.push(stateCount(row));
  }
  const failures = "FROM chosen JOIN failures f ON f.decision_id = chosen.decision_id";
  for (const row of await ask("f.reason AS reason, count(*) AS count", `${failures} ${by(["f.reason"])}`)) {
    const summary = groups.get(keyOf(row, names));
    const reason = enumWord(AttemptErrorReasonSchema, Number(row.reason)).toUpperCase();
    if (summary) summary.failures[reason] = Number(row.count);
  }
  for (const row of await ask(PERCENTILES, `FROM (${rankedLatencies(names)}) ranked ${by()}`)) {
    const summary = groups.get(keyOf(row, names));
    if (!summary || row.p50 === null) continue;
    summary.latencyP50 = toDuration(Number(row.p50) / 1000);
    summary.latencyP95 = toDuration(Number(row.p95) / 1000);
    summary.latencyP99 = toDuration(Number(row.p99) / 1000);
  }
  return create(SummarizeRecordsResponseSchema, {
    groups: [...groups.values()],
    truncated: totals.length > MOST_GROUPS,
  });
}

const TOTALS = `count(*) AS record_count, count(success) AS outcome_count, coalesce(sum(success), 0) AS success_count,
  coalesce(sum(cost_micros), 0) AS cost_micros,
  coalesce(sum(CASE WHEN success IS NOT NULL THEN cost_micros END), 0) AS judged_cost_micros,
  coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
  coalesce(sum(cache_hit), 0) AS cache_hits, coalesce(sum(saved_micros), 0) AS saved_micros`;

const percentile = (share: number, name: string): string =>
  `min(CASE WHEN place >= ${share} * total THEN latency_micros END) AS ${name}`;

const PERCENTILES = [percentile(0.5, "p50"), percentile(0.95, "p95"), percentile(0.99, "p99")].join(", ");

function rankedLatencies(names: readonly string[]): string {
  const partition = names.length > 0 ? `PARTITION BY ${names.join(", ")}` : "";
  return `SELECT ${[...names, "latency_micros"].join(", ")},
    row_number() OVER (${partition} ORDER BY latency_micros) AS place, count(*) OVER (${partition}) AS total
    FROM chosen WHERE latency_micros IS NOT NULL`;
}

function orderOf(names: readonly string[]): string {
  return names.length > 0 ? names.join(", ") : "1";
}

function keyOf(row: Row, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => row[name]));
}

function stateCount(row: Row): StateCount {
  return create(StateCountSchema, { state: Number(row.state) as CompletionState, count: Number(row.count) });
}

function summaryOf(group: string[], row: Row): RecordSummary {
  const outcomeCount = Number(row.outcome_count);
  const successCount = Number(row.success_count);
  const summary = create(RecordSummarySchema, {
    group,
    recordCount: Number(row.record_count),
    outcomeCount,
    successCount,
    costMicros: String(row.cost_micros),
    inputTokens: String(row.input_tokens),
    outputTokens: String(row.output_tokens),
    cacheHitCount: Number(row.cache_hits),
    cacheSavedMicros: String(row.saved_micros),
  });
  if (outcomeCount > 0) {
    const [lower, upper] = wilsonInterval(successCount, outcomeCount);
    summary.successRate = successCount / outcomeCount;
    summary.successRateLower = lower;
    summary.successRateUpper = upper;
  }
  if (successCount > 0) summary.costMicrosPerSuccess = Number(row.judged_cost_micros) / successCount;
  return summary;
}
