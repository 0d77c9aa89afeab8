/** Text for HTML, in content and attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** One column of an HTML table. */
export interface HtmlColumn<Row> {
  readonly title: string;
  /** The cell, as HTML. */
  readonly cell: (row: Row) => string;
  readonly number?: boolean;
}

/** A table, scrolling by itself where it is wider than the page. */
export function htmlTable<Row>(columns: readonly HtmlColumn<Row>[], rows: readonly Row[]): string {
  const type = (number: boolean | undefined): string => (number ? ' class="number"' : "");
  const head = columns.map(({ title, number }) => `<th${type(number)}>${escapeHtml(title)}</th>`).join("");
  const body = rows.map(
    (row) => `<tr>${columns.map(({ cell, number }) => `<td${type(number)}>${cell(row)}</td>`).join("")}</tr>`,
  );
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table></div>`;
}
