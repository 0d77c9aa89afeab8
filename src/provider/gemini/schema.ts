import { unsupported } from "../http-errors.ts";
import { asList, asRecord, type JsonRecord } from "../json.ts";

/** Deeper than any schema that Gemini takes: a schema that refers to itself ends here. */
const MAX_DEPTH = 32;

/** What Gemini's subset of OpenAPI knows. Everything else it refuses, though the answer would be as good without. */
const KNOWN: ReadonlySet<string> = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "items",
  "minItems",
  "maxItems",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "anyOf",
  "propertyOrdering",
]);

/** Formats that Gemini knows, by type; others are an error there. */
const FORMATS: ReadonlySet<unknown> = new Set(["enum", "date-time", "float", "double", "int32", "int64"]);

/**
 * A JSON Schema as Gemini's subset of OpenAPI: references are put in place, `const` becomes an enum of one, a type with
 * null becomes nullable, and keywords that only check or annotate are left out.
 * @throws ProviderError INVALID_REQUEST for a schema that refers to itself.
 */
export function toGeminiSchema(schema: JsonRecord): JsonRecord {
  return convert(schema, schema, 0);
}

function convert(schema: JsonRecord, root: JsonRecord, depth: number): JsonRecord {
  if (depth > MAX_DEPTH) throw unsupported("Gemini", "a JSON schema that refers to itself");
  const source = simplify(resolve(schema, root, depth));
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(source)) {
    if (!KNOWN.has(name) || (name === "format" && !FORMATS.has(value))) continue;
    if (name === "properties") {
      const entries = Object.entries(asRecord(value) ?? {});
      result.properties = Object.fromEntries(
        entries.map(([key, child]) => [key, convert(asRecord(child) ?? {}, root, depth + 1)]),
      );
    } else if (name === "items") result.items = convert(asRecord(value) ?? {}, root, depth + 1);
    else if (name === "anyOf")
      result.anyOf = asList(value).map((child) => convert(asRecord(child) ?? {}, root, depth + 1));
    else result[name] = value;
  }
  return result;
}

/** Says in Gemini's words what JSON Schema says in others. */
function simplify(schema: JsonRecord): JsonRecord {
  const result: Record<string, unknown> = { ...schema };
  if (result.const !== undefined) result.enum = [result.const];
  if (result.oneOf !== undefined) result.anyOf ??= result.oneOf;
  const parts = asList(result.allOf).map(asRecord);
  if (parts.length > 0) Object.assign(result, ...parts);
  if (Array.isArray(result.type)) {
    const types = result.type.filter((type) => type !== "null");
    if (types.length < result.type.length) result.nullable = true;
    if (types.length === 1) result.type = types[0];
    else {
      delete result.type;
      result.anyOf = types.map((type) => ({ type }));
    }
  }
  // Only texts can be enumerated there; the type of the others still holds.
  const options = asList(result.enum);
  if (options.length > 0) {
    if (options.every((option) => typeof option === "string")) result.type ??= "string";
    else delete result.enum;
  }
  return result;
}

function resolve(schema: JsonRecord, root: JsonRecord, depth: number): JsonRecord {
  const { $ref: reference, ...rest } = schema;
  if (typeof reference !== "string") return schema;
  if (reference === "#") return root;
  if (!reference.startsWith("#/"))
    throw unsupported("Gemini", "a JSON schema that refers to another document");
  let place: unknown = root;
  for (const step of reference.slice(2).split("/")) {
    place = asRecord(place)?.[decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  const found = asRecord(place);
  if (found === undefined) throw unsupported("Gemini", "a JSON schema with a reference that leads nowhere");
  if (depth > MAX_DEPTH) throw unsupported("Gemini", "a JSON schema that refers to itself");
  return typeof found.$ref === "string" ? resolve(found, root, depth + 1) : { ...found, ...rest };
}
