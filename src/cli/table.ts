import { stripVTControlCharacters } from "node:util";

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** The cell's text, which may hold colours. */
  readonly cell: (row: Row) => string;
  readonly align?: "left" | "right";
}

/** A table for a terminal: one line a row under a line of titles, columns as wide as they must be. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_column, index) =>
    Math.max(...cells.map((line) => widthOf(line[index] ?? ""))),
  );
  return cells
    .map((line) =>
      columns
        .map(({ align }, index) => {
          const text = line[index] ?? "";
          const space = " ".repeat((widths[index] ?? 0) - widthOf(text));
          return align === "right" ? space + text : text + space;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** A share as percent, such as 12.5 %. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
