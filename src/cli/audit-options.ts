import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { type RecordFilter, RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { enumFromWord } from "../lib/enums.ts";
import type { ConnectionOptions } from "./connection.ts";
import { UsageError } from "./input.ts";

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

/** What of the ledger the options choose. @throws UsageError */
export function filterOf({ task, target, state, rule, since }: AuditOptions): RecordFilter {
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
export function parseSince(text: string): Date {
  const ago = /^(\d+)([smhd])$/.exec(text);
  const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[ago?.[2] ?? "s"] ?? 0;
  const date = ago ? new Date(Date.now() - Number(ago[1]) * unit) : new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new UsageError(`--since wants a time or how long ago (15m, 2h, 7d), not ${JSON.stringify(text)}.`);
  return date;
}

/** The value of a word. @throws UsageError that lists the known ones. */
export function enumOf<Value extends number>(
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

/** A whole number over 0. @throws UsageError */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${option} wants a whole number over 0, not ${JSON.stringify(text)}.`);
}
