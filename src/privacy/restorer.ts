import { longestPlaceholder, type PlaceholderTable, placeholderPattern } from "./placeholders.ts";

/** Where the restored value stands: in plain text, or inside a string of JSON text, where it must be escaped. */
export type RestoreFormat = "text" | "json";

/** Restores a text that arrives in pieces. */
export type StreamRestorer = {
  /** Takes the next piece and returns what is certain by now; holds back at most 40 characters. */
  readonly push: (chunk: string) => string;
  /** Returns what was held back. Nothing may be pushed after it. */
  readonly end: () => string;
};

/** Puts the values of a request back into a text, in one pass: a value that looks like a placeholder stays as it is. */
export function restoreText(text: string, table: PlaceholderTable, format: RestoreFormat = "text"): string {
  if (table.size() === 0 || !text.includes("[")) return text;
  return text.replace(placeholderPattern, (placeholder) => {
    const value = table.valueOf(placeholder);
    if (value === undefined) return placeholder;
    return format === "json" ? JSON.stringify(value).slice(1, -1) : value;
  });
}

/** As `restoreText`, over any chunking: the pieces returned, put together, are exactly what it would have returned. */
export function createStreamRestorer(
  table: PlaceholderTable,
  format: RestoreFormat = "text",
): StreamRestorer {
  let held = "";
  return {
    push(chunk) {
      const text = held + chunk;
      const cut = startOfPartial(text);
      held = text.slice(cut);
      return restoreText(text.slice(0, cut), table, format);
    },
    end() {
      const rest = held;
      held = "";
      return restoreText(rest, table, format);
    },
  };
}

/** Where a placeholder may have begun without having ended; the text's length if none has. */
function startOfPartial(text: string): number {
  const open = text.lastIndexOf("[");
  if (open < 0 || text.length - open >= longestPlaceholder) return text.length;
  return partial.test(text.slice(open)) ? open : text.length;
}

const partial = /^\[[A-Z0-9_]*$/;
