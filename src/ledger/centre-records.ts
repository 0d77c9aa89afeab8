import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { type ColumnValue, storableText } from "./postgres-arrays.ts";
import type { Insert } from "./postgres-insert.ts";
import { INDEX_WRITES, type IndexChanges, type IndexTable, type SqlRow } from "./projection.ts";

/** What a batch says about records, as one row a record. Says the same as writing one after the other. */
export interface RecordInserts {
  /** Records whose decision is in the batch: new ones, but for what is sent again. */
  readonly fresh: Insert;
  /** Ends of decisions that came before. */
  readonly ends: Insert;
}

/** Folds decisions, their rules and their ends: a row that is written once costs half of one that is then changed. */
export function insertsOfRecords({ decided, rules, finished }: IndexChanges): RecordInserts {
  const fresh = new Map<string, ColumnValue[]>();
  const ends = new Map<string, SqlRow>();
  for (const values of decided) fresh.set(String(values[0]), [...values, ...NOT_FINISHED, []]);
  for (const [rule, id] of rules) {
    const known = fresh.get(String(id))?.[RULES_AT];
    if (Array.isArray(known) && !known.includes(rule)) known.push(rule);
  }
  for (const values of finished) {
    const id = String(values[0]);
    const row = fresh.get(id);
    if (!row) {
      if (isOpen(ends.get(id)?.[1])) ends.set(id, values);
      continue;
    }
    if (!isOpen(row[STATE_AT])) continue;
    for (let column = 1; column < values.length; column += 1)
      row[STATE_AT + column - 1] = values[column] ?? null;
  }
  return {
    fresh: { table: "records", columns: COLUMNS, rows: [...fresh.values()], conflict: CONFLICT },
    ends: insertOf("finished", [...ends.values()]),
  };
}

/** Attempts that failed. */
export function insertOfFailures({ failures }: IndexChanges): Insert {
  return insertOf("failures", failures);
}

/** What reporters said, of each reporter the last: a statement may write a row only once. */
export function insertOfOutcomes({ outcomes }: IndexChanges): Insert {
  const last = new Map<string, SqlRow>();
  for (const row of outcomes) {
    const key = JSON.stringify([row[0], storableText(String(row[1]))]);
    const known = last.get(key);
    if (!known || Number(row[2]) >= Number(known[2])) last.set(key, row);
  }
  return insertOf("outcomes", [...last.values()]);
}

function insertOf(change: keyof IndexChanges, rows: readonly SqlRow[]): Insert {
  const { table, conflict } = tableOf(change);
  return { table, columns: columnsOf(tableOf(change)), rows, conflict };
}

function tableOf(change: keyof IndexChanges): IndexTable {
  const table = INDEX_WRITES.find((one) => one.change === change);
  if (!table) throw new Error(`no table takes ${change}`);
  return table;
}

function columnsOf({ columns, types }: IndexTable): Insert["columns"] {
  return columns.map((name, index) => ({ name, type: types[index] ?? "text" }));
}

const DECIDED = columnsOf(tableOf("decided"));
const FINISHED = columnsOf(tableOf("finished")).slice(1);
const COLUMNS: Insert["columns"] = [...DECIDED, ...FINISHED, { name: "rule_ids", type: "text[]" }];
const STATE_AT = DECIDED.length;
const RULES_AT = COLUMNS.length - 1;

/** What a record is until its end comes; as the defaults of the table. */
const NOT_FINISHED = FINISHED.map(({ name, type }): ColumnValue => {
  if (name === "latency_micros") return null;
  if (name === "state") return CompletionState.IN_PROGRESS;
  return type === "text" ? "" : 0;
});

const OPEN_STATES: ReadonlySet<number> = new Set([CompletionState.IN_PROGRESS, CompletionState.INTERRUPTED]);

/** Whether a better end may come: none did, or one that was written because the process had died. */
function isOpen(state: ColumnValue | undefined): boolean {
  return state === undefined || OPEN_STATES.has(Number(state));
}

/** A decision replaces what was known of it; an end only what was open or had been closed for a dead process. */
const CONFLICT = `(decision_id) DO UPDATE SET ${[
  ...[...DECIDED.slice(1), { name: "rule_ids" }].map(({ name }) => `${name} = excluded.${name}`),
  ...FINISHED.map(
    ({ name }) =>
      `${name} = CASE WHEN excluded.state <> ${CompletionState.IN_PROGRESS} AND records.state IN (${[...OPEN_STATES].join(", ")})
        THEN excluded.${name} ELSE records.${name} END`,
  ),
].join(", ")}`;
