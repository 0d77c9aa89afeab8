/** A JSON object of a provider's, none of whose members is to be trusted to be there. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The object, or undefined where the value is something else. */
export function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonRecord)
    : undefined;
}

/** The list, or an empty one where the value is something else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text, or undefined where the value is something else or empty. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A count as a uint32: 0 where the value is no number, whole and within bounds whatever was sent. */
export function asCount(value: unknown): number {
  if (typeof value !== "number" || !(value > 0)) return 0;
  return Math.min(0xffffffff, Math.round(value));
}

/** Parses JSON; undefined where the text is none. (JSON itself has no undefined.) */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
