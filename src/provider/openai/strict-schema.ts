import { asRecord } from "../json.ts";

/**
 * Whether OpenAI accepts a schema in strict mode, in which the answer is sure to follow it: every object lists all of its
 * properties as required and allows no others. Asking for strict mode with another schema is an error there.
 */
export function isStrictSchema(schema: unknown): boolean {
  return isStrict(schema, 0);
}

/** Deeper than any schema that strict mode takes. */
const MAX_DEPTH = 12;

function isStrict(value: unknown, depth: number): boolean {
  if (Array.isArray(value)) return value.every((item) => isStrict(item, depth));
  const schema = asRecord(value);
  if (schema === undefined) return true;
  if (depth > MAX_DEPTH) return false;
  const properties = asRecord(schema.properties);
  if (schema.type === "object" || properties !== undefined) {
    const required = Array.isArray(schema.required) ? schema.required : [];
    if (schema.additionalProperties !== false) return false;
    if (!Object.keys(properties ?? {}).every((name) => required.includes(name))) return false;
  }
  const children = [
    ...Object.values(properties ?? {}),
    ...Object.values(asRecord(schema.$defs) ?? {}),
    schema.items,
    schema.anyOf,
  ];
  return children.every((child) => isStrict(child, depth + 1));
}
