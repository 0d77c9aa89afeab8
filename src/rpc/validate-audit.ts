import { timestampMs } from "@bufbuild/protobuf/wkt";
import { SummaryDimension } from "#gen/pointsman/v1/audit_service_pb.ts";
import type { RecordFilter } from "#gen/pointsman/v1/record_pb.ts";
import { Violations } from "./violations.ts";

/** The most values in one list of a filter. */
const MAX_VALUES = 100;

/** Checks a decision's id. @throws EngineError INVALID_REQUEST */
export function validateDecisionId(decisionId: string): void {
  const violations = new Violations();
  violations.check(
    decisionId !== "" && decisionId.length <= 128,
    "decision_id",
    "must be 1 to 128 characters",
  );
  violations.throwIfAny();
}

/** Checks a filter. @throws EngineError INVALID_REQUEST */
export function validateFilter(filter: RecordFilter | undefined): void {
  if (!filter) return;
  const violations = new Violations();
  const lists: [string, readonly unknown[]][] = [
    ["tenants", filter.tenants],
    ["apps", filter.apps],
    ["users", filter.users],
    ["tasks", filter.tasks],
    ["target_ids", filter.targetIds],
    ["states", filter.states],
    ["rule_ids", filter.ruleIds],
  ];
  for (const [name, values] of lists) {
    violations.check(
      values.length <= MAX_VALUES,
      `filter.${name}`,
      `at most ${MAX_VALUES} values are allowed`,
    );
  }
  const { startTime, endTime } = filter;
  violations.check(
    !startTime || !endTime || timestampMs(startTime) <= timestampMs(endTime),
    "filter.end_time",
    "must not be before start_time",
  );
  violations.throwIfAny();
}

/** Checks the dimensions of a summary. @throws EngineError INVALID_REQUEST */
export function validateGroups(groupBy: readonly SummaryDimension[]): void {
  const violations = new Violations();
  violations.check(groupBy.length <= 3, "group_by", "at most 3 dimensions are allowed");
  violations.check(new Set(groupBy).size === groupBy.length, "group_by", "a dimension is there twice");
  const known: readonly number[] = Object.values(SummaryDimension);
  violations.check(
    groupBy.every((dimension) => dimension !== SummaryDimension.UNSPECIFIED && known.includes(dimension)),
    "group_by",
    "is not a known dimension",
  );
  violations.throwIfAny();
}
