import { asList, asRecord, type JsonRecord } from "../json.ts";
import type { Random } from "./random.ts";

/** Deeper than this a schema is answered with null. */
const MAX_DEPTH = 12;

/** A value that follows a JSON Schema, filled with words of the prompt. */
export function createInstance(schema: JsonRecord, words: readonly string[], random: Random): unknown {
  return build(schema, schema, words, random, 0);
}

function build(
  schema: JsonRecord,
  root: JsonRecord,
  words: readonly string[],
  random: Random,
  depth: number,
): unknown {
  if (depth > MAX_DEPTH) return null;
  const target = resolve(schema, root);
  if (target.const !== undefined) return target.const;
  const options = asList(target.enum);
  if (options.length > 0) return pickOption(options, words, random);
  const alternatives = [...asList(target.anyOf), ...asList(target.oneOf)];
  const alternative = asRecord(alternatives[0]);
  if (alternative !== undefined) return build(alternative, root, words, random, depth + 1);
  switch (Array.isArray(target.type) ? target.type[0] : target.type) {
    case "string":
      return buildString(target, words, random);
    case "integer":
      return Math.round(buildNumber(target, words, random));
    case "number":
      return buildNumber(target, words, random);
    case "boolean":
      return random() < 0.5;
    case "null":
      return null;
    case "array": {
      const count = Math.max(1, typeof target.minItems === "number" ? Math.min(target.minItems, 20) : 1);
      return Array.from({ length: count }, () =>
        build(asRecord(target.items) ?? {}, root, words, random, depth + 1),
      );
    }
    default:
      return buildObject(target, root, words, random, depth);
  }
}

function buildObject(
  schema: JsonRecord,
  root: JsonRecord,
  words: readonly string[],
  random: Random,
  depth: number,
): JsonRecord {
  const result: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(asRecord(schema.properties) ?? {})) {
    result[name] = build(asRecord(property) ?? {}, root, words, random, depth + 1);
  }
  return result;
}

function resolve(schema: JsonRecord, root: JsonRecord): JsonRecord {
  const reference = schema.$ref;
  if (typeof reference !== "string" || !reference.startsWith("#/")) return schema;
  let place: unknown = root;
  for (const step of reference.slice(2).split("/")) place = asRecord(place)?.[step];
  return asRecord(place) ?? {};
}

/** An option that the prompt names, or else any: a classification then at least is about the text. */
function pickOption(options: readonly unknown[], words: readonly string[], random: Random): unknown {
  const named = options.find((option) =>
    words.some((word) => word.toLowerCase() === String(option).toLowerCase()),
  );
  return named ?? options[Math.floor(random() * options.length)];
}

function buildString(schema: JsonRecord, words: readonly string[], random: Random): string {
  if (schema.format === "date") return "2026-01-15";
  if (schema.format === "date-time") return "2026-01-15T09:00:00Z";
  const names = words.filter((word) => /^\p{Lu}\p{L}+/u.test(word)).slice(1);
  const pool = names.length > 0 ? names : words;
  const text = pool[Math.floor(random() * pool.length)] ?? "nothing";
  const maximum = typeof schema.maxLength === "number" ? schema.maxLength : 200;
  const minimum = typeof schema.minLength === "number" ? Math.min(schema.minLength, 1_000) : 0;
  return text.slice(0, maximum).padEnd(minimum, ".");
}

function buildNumber(schema: JsonRecord, words: readonly string[], random: Random): number {
  const minimum = typeof schema.minimum === "number" ? schema.minimum : 0;
  const maximum = typeof schema.maximum === "number" ? schema.maximum : minimum + 100;
  const named = words
    .map(Number)
    .find((value) => Number.isFinite(value) && value >= minimum && value <= maximum);
  return named ?? Math.round(minimum + random() * (maximum - minimum));
}
