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
  readonly values: readonly (Buffer | string | null)[];
}

/** Makes one statement of an insert. */
export function insertStatement({ table, columns, rows, conflict }: Insert): Statement {
  const names = columns.map(({ name }) => name).join(", ");
  const lists = columns.map(({ type }, index) => `$${index + 1}::${elementType(type)}[]`).join(", ");
  const values = columns.map(({ type }, column) =>
    columnArray(
      elementType(type),
      rows.map((row) => literal(row[column] ?? null)),
    ),
  );
  const places = columns.map((_, index) => `c${index}`);
  const casts = columns.map(({ type }, index) => `c${index}::${type}`).join(", ");
  const text = `INSERT INTO ${table} (${names})
    SELECT ${casts} FROM unnest(${lists}) AS row (${places.join(", ")}) ON CONFLICT ${conflict}`;
  return { text, values };
}

/** PostgreSQL has no arrays of arrays: lists go as the text that it reads them from. */
function elementType(type: ColumnType): Exclude<ColumnType, "text[]"> {
  return type === "text[]" ? "text" : type;
}

function literal(value: ColumnValue): ColumnValue {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  return `{${value.map((word) => `"${word.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
