import { type ColumnType, type ColumnValue, columnArray } from "./postgres-arrays.ts";

/** Rows for a table. */
export interface Insert {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** In the order of the columns. */
  readonly rows: readonly (readonly ColumnValue[])[];
  /** What happens to a row that is there already. */
  readonly conflict: string;
}

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Makes one statement of an insert. */
export function insertStatement(insert: Insert): Statement {
  return { text: insertText(insert, 1), values: insertValues(insert) };
}

/**
 * Makes one statement of inserts into different tables and of a last statement whose parameters come first. One statement
 * is one way there and back, and a transaction of its own.
 */
export function statementOf(inserts: readonly Insert[], last: Statement): Statement {
  const values = [...last.values];
  const parts = inserts.map((insert, index) => {
    const text = `part${index} AS (${insertText(insert, values.length + 1)})`;
    values.push(...insertValues(insert));
    return text;
  });
  const text = parts.length > 0 ? `WITH ${parts.join(", ")} ${last.text}` : last.text;
  return { text, values };
}

function insertText({ table, columns, conflict }: Insert, firstParameter: number): string {
  const names = columns.map(({ name }) => name).join(", ");
  const lists = columns.map(({ type }, column) => `$${firstParameter + column}::${type}[]`).join(", ");
  return `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${lists}) ON CONFLICT ${conflict}`;
}

function insertValues({ columns, rows }: Insert): Buffer[] {
  return columns.map(({ type }, column) =>
    columnArray(
      type,
      rows.map((row) => row[column] ?? null),
    ),
  );
}
