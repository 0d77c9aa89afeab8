import type { RecordFilter } from "#gen/pointsman/v1/record_pb.ts";
import { type LedgerDatabase, marks, type SqlValue } from "./database.ts";
import type { Scope } from "./ledger.ts";
import { micros } from "./projection.ts";

/** A condition on table `records r`, with its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** What a filter and a scope demand of a record. A record whose decision was not seen yet never matches. */
export function recordCondition(
  { dialect }: Pick<LedgerDatabase, "dialect">,
  filter: RecordFilter | undefined,
  scope: Scope,
): Condition {
  const terms: string[] = ["r.create_time IS NOT NULL"];
  const values: SqlValue[] = [];
  const term = (sql: string, ...more: readonly SqlValue[]): void => {
    terms.push(sql);
    values.push(...more);
  };
  const oneOf = (column: string, list: readonly (string | number)[] | undefined): void => {
    if (list && list.length > 0) term(`r.${column} IN (${marks(list.length)})`, ...list);
  };
  const equals = (column: string, value: string | undefined): void => {
    if (value) term(`r.${column} = ?`, value);
  };

  if (scope.tenants !== "all") {
    if (scope.tenants.length === 0) terms.push("1 = 0");
    oneOf("tenant", scope.tenants);
  }
  if (filter?.startTime) term("r.create_time >= ?", micros(filter.startTime));
  if (filter?.endTime) term("r.create_time < ?", micros(filter.endTime));
  oneOf("tenant", filter?.tenants);
  oneOf("app", filter?.apps);
  oneOf("user_name", filter?.users);
  oneOf("task", filter?.tasks);
  oneOf("target_id", filter?.targetIds);
  oneOf("state", filter?.states);
  equals("policy_revision", filter?.policyRevision);
  equals("request_id", filter?.requestId);
  equals("conversation_id", filter?.conversationId);
  equals("experiment_id", filter?.experimentId);
  const rules = filter?.ruleIds;
  if (rules && rules.length > 0) {
    // SQLite has no lists: there the rules of records stand in a table of their own.
    if (dialect === "postgres") term(`r.rule_ids && ARRAY[${marks(rules.length)}]::text[]`, ...rules);
    else
      term(
        `r.decision_id IN (SELECT decision_id FROM record_rules WHERE rule_id IN (${marks(rules.length)}))`,
        ...rules,
      );
  }
  return { sql: terms.join(" AND "), values };
}
