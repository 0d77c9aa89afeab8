import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import type { Insert } from "./postgres-insert.ts";
import { INDEX_WRITES, type IndexChanges, type IndexTable, type SqlRow } from "./projection.ts";

const DECIDED = tableOf("decided");
const FINISHED = tableOf("finished");

/**
 * What a batch says about records, as one row a record: a decision and its end mostly come together, and a row that is
 * written once costs half of one that is written and then changed. Says the same as writing one after the other.
 */
export function insertOfRecords({ decided, finished }: IndexChanges): Insert {
  const rows = new Map<string, (string | number | null)[]>();
  const rowOf = (id: SqlRow[number] | undefined): (string | number | null)[] => {
    const known = rows.get(String(id));
    if (known) return known;
    const fresh = [String(id), ...UNKNOWN];
    rows.set(String(id), fresh);
    return fresh;
  };
  for (const values of decided) {
    const row = rowOf(values[0]);
    for (let column = 1; column < values.length; column += 1) row[column] = values[column] ?? null;
  }
  for (const values of finished) {
    const row = rowOf(values[0]);
    if (!OPEN_STATES.has(Number(row[STATE_AT]))) continue;
    for (let column = 1; column < values.length; column += 1)
      row[DECIDED.columns.length + column - 1] = values[column] ?? null;
  }
  return { table: "records AS known", columns: COLUMNS, rows: [...rows.values()], conflict: CONFLICT };
}

/** The other derived tables. Where several rows have one key, the one that counts is kept, for a statement may write it only once. */
export function otherInserts(changes: IndexChanges): Insert[] {
  return [insertOf("rules", changes.rules), insertOf("failures", changes.failures)].filter(
    ({ rows }) => rows.length > 0,
  );
}

/** What reporters said, of each reporter the last. */
export function insertOfOutcomes({ outcomes }: IndexChanges): Insert {
  const last = new Map<string, SqlRow>();
  for (const row of outcomes) {
    const key = JSON.stringify(row.slice(0, 2));
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

const COLUMNS: Insert["columns"] = [...columnsOf(DECIDED), ...columnsOf(FINISHED).slice(1)];
const STATE_AT = DECIDED.columns.length + FINISHED.columns.indexOf("state") - 1;
const OPEN_STATES: ReadonlySet<number> = new Set([CompletionState.IN_PROGRESS, CompletionState.INTERRUPTED]);

/** What a record is until somebody says more; as the defaults of the table. */
const UNKNOWN = COLUMNS.slice(1).map(({ name, type }) => {
  if (name === "writer" || name === "create_time" || name === "latency_micros") return null;
  if (name === "state") return CompletionState.IN_PROGRESS;
  return type === "text" ? "" : 0;
});

/** A decision replaces what was known of it; an end only what was open or had been closed for a dead process. */
const CONFLICT = `(decision_id) DO UPDATE SET ${[
  ...DECIDED.columns.slice(1).map((name) => assignment(name, "excluded.create_time IS NOT NULL")),
  ...FINISHED.columns.slice(1).map((name) => assignment(name, isBetterEnd())),
].join(", ")}`;

function assignment(column: string, condition: string): string {
  return `${column} = CASE WHEN ${condition} THEN excluded.${column} ELSE known.${column} END`;
}

function isBetterEnd(): string {
  const open = [...OPEN_STATES].join(", ");
  return `excluded.state <> ${CompletionState.IN_PROGRESS} AND known.state IN (${open})`;
}
