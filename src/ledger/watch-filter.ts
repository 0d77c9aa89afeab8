import { clone } from "@bufbuild/protobuf";
import { type RecordFilter, RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import { recordCondition } from "./conditions.ts";
import { type LedgerDatabase, marks } from "./database.ts";
import type { Scope } from "./ledger.ts";
import type { WatchedEntry } from "./watch-tail.ts";

/** Tells which entries a watcher gets. */
export interface WatchFilter {
  /** Those entries that match, in their order. @param memory lets watchers with the same query ask once. */
  select(
    entries: readonly WatchedEntry[],
    memory: Map<string, Promise<ReadonlySet<string>>>,
  ): Promise<readonly WatchedEntry[]>;
}

/** Makes the filter of a watcher. @param key names the query: the same filter and scope have the same key. */
export function createWatchFilter(
  database: LedgerDatabase,
  filter: RecordFilter | undefined,
  scope: Scope,
  key: string,
): WatchFilter {
  const allowed = scope.tenants === "all" ? undefined : new Set(scope.tenants);
  const wanted = filter && filter.tenants.length > 0 ? new Set(filter.tenants) : undefined;
  const byTenant = ({ tenant }: WatchedEntry): boolean =>
    (!allowed || allowed.has(tenant)) && (!wanted || wanted.has(tenant));
  const used = filter && usedPart(filter);

  /** Which of the entries' decisions match what only the record knows. */
  const matching = async (entries: readonly WatchedEntry[]): Promise<ReadonlySet<string>> => {
    const ids = [...new Set(entries.map(({ decisionId }) => decisionId))].filter((id) => id !== "");
    if (ids.length === 0) return new Set();
    await database.freshen();
    const condition = recordCondition(database, used, { tenants: "all" });
    const sql = `SELECT r.decision_id FROM records r WHERE r.decision_id IN (${marks(ids.length)}) AND ${condition.sql}`;
    const rows = await database.all(sql, [...ids, ...condition.values]);
    return new Set(rows.map((row) => String(row.decision_id)));
  };

  return {
    async select(entries, memory) {
      const visible = entries.filter(byTenant);
      if (!used || visible.length === 0) return visible;
      let found = memory.get(key);
      if (!found) {
        found = matching(visible);
        memory.set(key, found);
      }
      const decisions = await found;
      return visible.filter(({ decisionId }) => decisions.has(decisionId));
    },
  };
}

/** What of a filter watching uses besides tenants; undefined where nothing is left. */
function usedPart(filter: RecordFilter): RecordFilter | undefined {
  const used = clone(RecordFilterSchema, filter);
  delete used.startTime;
  delete used.endTime;
  used.states = [];
  used.targetIds = [];
  used.tenants = [];
  const { apps, users, tasks, ruleIds } = used;
  const lists = [apps, users, tasks, ruleIds].some((list) => list.length > 0);
  const texts = used.policyRevision || used.requestId || used.conversationId || used.experimentId;
  return lists || texts ? used : undefined;
}
