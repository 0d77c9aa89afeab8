import type { Expr } from "./cel.ts";
import { asText, type CelType, isNumber } from "./cel-types.ts";
import { constantText } from "./check-call.ts";
import { type Closure, entryOf, giveUp, map1, map2, type Operand, toText, type Value } from "./closures.ts";

/** Equality of numbers, truths, texts and words; the rest is left to the library. */
export function compileEquality(left: Operand, right: Operand): Closure {
  const closures = [left.closure, right.closure] as const;
  if (isNumber(left.type) && isNumber(right.type)) return map2(...closures, equal);
  if (left.type.kind === "bool" && right.type.kind === "bool") return map2(...closures, equal);
  if (left.type.kind === "enum" && right.type.kind === "enum") return map2(...closures, equal);
  const number = enumNumber(left.type, right.node) ?? enumNumber(right.type, left.node);
  if (number !== undefined) {
    return map1(left.type.kind === "enum" ? left.closure : right.closure, (value) => value === number);
  }
  if (asText(left.type).kind !== "string" || asText(right.type).kind !== "string") return giveUp;
  return map2(toText(left), toText(right), equal);
}

function equal(left: Value, right: Value): boolean {
  return left === right;
}

/** The number of the word that a constant is, to an enum; -1 where it is no word of it, undefined where it is no enum. */
function enumNumber(type: CelType, constant: Expr | undefined): number | undefined {
  const word = constantText(constant);
  if (type.kind !== "enum" || word === undefined) return undefined;
  return type.description.values[type.words.indexOf(word)]?.number ?? -1;
}

/** Order of numbers and of texts. */
export function compileOrder(sign: string, { type, closure: left }: Operand, other: Operand): Closure {
  const right = other.closure;
  const numbers = isNumber(type) && isNumber(other.type);
  const texts = type.kind === "string" && other.type.kind === "string";
  if (!numbers && !texts) return giveUp;
  switch (sign) {
    case "_<_":
      return map2(left, right, (first, second) => (first as number) < (second as number));
    case "_<=_":
      return map2(left, right, (first, second) => (first as number) <= (second as number));
    case "_>_":
      return map2(left, right, (first, second) => (first as number) > (second as number));
    default:
      return map2(left, right, (first, second) => (first as number) >= (second as number));
  }
}

/** Whether something is in a list or among the names of a map. */
export function compileMembership(left: Operand, right: Operand): Closure {
  const list = right.node.exprKind;
  if (list.case === "listExpr") return compileConstantList(left, list.value.elements);
  if (right.type.kind === "map" && left.type.kind === "string")
    return entryOf(right.closure, left.closure, true);
  if (right.type.kind !== "list") return giveUp;
  if (right.type.element.kind === "string" && left.type.kind === "string") {
    return map2(left.closure, right.closure, (value, values) => (values as Value[]).includes(value));
  }
  const number = enumNumber(right.type.element, left.node);
  return number === undefined
    ? giveUp
    : map1(right.closure, (values) => (values as Value[]).includes(number));
}

function compileConstantList({ closure: left, type }: Operand, elements: readonly Expr[]): Closure {
  const texts = elements.map(constantText);
  if (texts.some((text) => text === undefined)) return giveUp;
  if (type.kind === "enum") {
    const numbers = new Set<Value>(elements.map((element) => enumNumber(type, element)));
    return map1(left, (value) => numbers.has(value));
  }
  if (type.kind !== "string") return giveUp;
  const values = new Set<Value>(texts);
  return map1(left, (value) => values.has(value));
}
