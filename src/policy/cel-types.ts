import type { DescEnum, DescField } from "@bufbuild/protobuf";
import type { Expr } from "./cel.ts";

/** What an expression may give. Enums are words; numbers of the contract are int, or double where they have fractions. */
export type CelType =
  | { readonly kind: "bool" | "int" | "uint" | "double" | "string" | "bytes" | "null" | "duration" | "dyn" }
  | { readonly kind: "enum"; readonly description: DescEnum; readonly words: readonly string[] }
  | { readonly kind: "list"; readonly element: CelType }
  | { readonly kind: "map"; readonly key: CelType; readonly value: CelType }
  | { readonly kind: "message"; readonly name: string; readonly fields: ReadonlyMap<string, FactsField> };

/** A field of Facts, or of a message within. */
export interface FactsField {
  readonly type: CelType;
  /** The field of the contract. */
  readonly descriptor: DescField;
  /** What the field has where its message is not set at all. */
  readonly absent: unknown;
  /** The numbers that it can have; undefined where it is no number or can have any. */
  readonly range: { readonly low: number; readonly high: number } | undefined;
}

/** What the checks of single nodes need of the whole. */
export interface CheckContext {
  /** The type of a part; checks it. */
  check(node: Expr): CelType;
  /** The type of a part that was checked already. */
  typeOf(node: Expr): CelType;
  /** Notes a problem; the type then is unknown, so that one mistake does not cause others. */
  problem(node: Expr, message: string): CelType;
}

/** The type of what nothing is known about; it fits everywhere. */
export const unknownType: CelType = { kind: "dyn" };

/** A type as people call it. */
export function typeName(type: CelType): string {
  switch (type.kind) {
    case "bool":
      return "true or false";
    case "int":
    case "uint":
      return "a whole number";
    case "double":
      return "a number with fractions";
    case "string":
      return "text";
    case "enum":
      return "a word";
    case "list":
      return "a list";
    case "map":
      return "a map";
    case "message":
      return `a group of fields (${[...type.fields.keys()].join(", ")})`;
    case "null":
      return "null";
    case "dyn":
      return "an unknown type";
    default:
      return `a ${type.kind}`;
  }
}

/** The common type of several values; unknown where they differ. */
export function joinTypes(types: readonly CelType[]): CelType {
  const [first] = types;
  if (!first) return unknownType;
  return types.every((type) => type.kind === first.kind && type.kind !== "list" && type.kind !== "map")
    ? first
    : unknownType;
}

/** Whether == between the two can be true at all. */
export function comparable(left: CelType, right: CelType): boolean {
  if (left.kind === "dyn" || right.kind === "dyn") return true;
  if (isNumber(left) && isNumber(right)) return true;
  if (left.kind === "enum" && right.kind === "enum") return left.description === right.description;
  return asText(left).kind === asText(right).kind;
}

/** Whether it is any kind of number. */
export function isNumber(type: CelType): boolean {
  return type.kind === "int" || type.kind === "uint" || type.kind === "double";
}

/** Words of enums are texts to functions. */
export function asText(type: CelType): CelType {
  return type.kind === "enum" ? { kind: "string" } : type;
}
