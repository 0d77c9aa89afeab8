import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { enumWord } from "../lib/enums.ts";
import type { CelType, FactsField } from "./cel-types.ts";

// These tables stand first because the schema is made when this file is loaded.

const scalarKinds = new Map<ScalarType, "double" | "bool" | "string" | "int">([
  [ScalarType.DOUBLE, "double"],
  [ScalarType.BOOL, "bool"],
  [ScalarType.STRING, "string"],
  [ScalarType.UINT32, "int"],
]);

/** Fields that are probabilities or shares, as their comments in the contract say. */
const shares: ReadonlySet<string> = new Set([
  "task_confidence",
  "difficulty",
  "difficulty_confidence",
  "risk.harmful",
  "risk.injection",
  "risk.harmful_confidence",
  "risk.injection_confidence",
  "hints.quality_floor",
  "hints.difficulty",
  "budget.remaining_share",
  "draw",
]);

/** Where no budget applies, all of it is left. */
const absentValues: ReadonlyMap<string, unknown> = new Map([
  ["budget.remaining", Number.POSITIVE_INFINITY],
  ["budget.remaining_share", 1],
]);

/** The variables of every expression, by name in snake_case. */
export const factsFields: ReadonlyMap<string, FactsField> = readFields(FactsSchema, "");

/** Every variable with the fields within, such as "caller.tenant", in the order of the contract. */
export function listFactsPaths(): string[] {
  return [...walk(factsFields, "")];
}

function* walk(fields: ReadonlyMap<string, FactsField>, prefix: string): Iterable<string> {
  for (const [name, { type }] of fields) {
    yield prefix + name;
    if (type.kind === "message") yield* walk(type.fields, `${prefix}${name}.`);
  }
}

function readFields(description: DescMessage, prefix: string): ReadonlyMap<string, FactsField> {
  return new Map(description.fields.map((field) => [field.name, readField(field, prefix + field.name)]));
}

function readField(field: DescField, path: string): FactsField {
  const type = typeOfField(field, path);
  return {
    type,
    descriptor: field,
    absent: absentValues.get(path) ?? zeroOf(type),
    range:
      type.kind === "int"
        ? { low: 0, high: 0xffff_ffff }
        : shares.has(path)
          ? { low: 0, high: 1 }
          : undefined,
  };
}

function typeOfField(field: DescField, path: string): CelType {
  switch (field.fieldKind) {
    case "list":
      return { kind: "list", element: typeOfElement(field, field.listKind, path) };
    case "map":
      return { kind: "map", key: { kind: "string" }, value: typeOfElement(field, field.mapKind, path) };
    default:
      return typeOfElement(field, field.fieldKind, path);
  }
}

function typeOfElement(field: DescField, kind: "scalar" | "enum" | "message", path: string): CelType {
  if (kind === "enum") {
    const description = field.enum!;
    return {
      kind,
      description,
      words: description.values.map(({ number }) => enumWord(description, number)),
    };
  }
  if (kind === "message") {
    if (field.message!.typeName === "google.protobuf.Duration") return { kind: "duration" };
    return { kind, name: field.message!.name, fields: readFields(field.message!, `${path}.`) };
  }
  const scalar = field.scalar === undefined ? undefined : scalarKinds.get(field.scalar);
  if (!scalar) throw new TypeError(`Facts.${path} has a type that expressions do not know`);
  return { kind: scalar };
}

function zeroOf(type: CelType): unknown {
  switch (type.kind) {
    case "bool":
      return false;
    case "int":
    case "double":
    case "enum":
      return 0;
    case "string":
      return "";
    case "list":
      return [];
    case "map":
      return {};
    default:
      return undefined;
  }
}
