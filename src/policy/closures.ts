import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import type { Expr } from "./cel.ts";
import type { CelType } from "./cel-types.ts";

/** CEL says that this has no value, such as a label that is not there. Only `&&` and `||` can swallow it. */
export const failed = Symbol("failed");
/** This way of computing cannot say; the library must be asked. */
export const unsure = Symbol("unsure");

/** What a part of an expression gives: a number for int and double alike, an enum's number for its word. */
export type Value = number | string | boolean | object | undefined | typeof failed | typeof unsure;

/** A part of an expression, ready to run on facts. */
export type Closure = (facts: Facts) => Value;

/** A part of an expression with its type and its syntax. */
export interface Operand {
  readonly node: Expr;
  readonly type: CelType;
  readonly closure: Closure;
}

/** What closures cannot compute. */
export const giveUp: Closure = () => unsure;

/** CEL's logic does not care for order: false wins over an error on either side. */
export function and(left: Closure, right: Closure): Closure {
  return (facts) => {
    const first = left(facts);
    if (first === false) return false;
    const second = right(facts);
    if (second === false || first === true) return second;
    return worse(first, second);
  };
}

/** As `and`: true wins over an error on either side. */
export function or(left: Closure, right: Closure): Closure {
  return (facts) => {
    const first = left(facts);
    if (first === true) return true;
    const second = right(facts);
    if (second === true || first === false) return second;
    return worse(first, second);
  };
}

function worse(left: Value, right: Value): Value {
  return left === unsure || right === unsure ? unsure : failed;
}

/** Computes with a value, if there is one. */
export function map1(operand: Closure, compute: (value: Value) => Value): Closure {
  return (facts) => {
    const value = operand(facts);
    return typeof value === "symbol" ? value : compute(value);
  };
}

/** Computes with two values, if there are both. */
export function map2(left: Closure, right: Closure, compute: (left: Value, right: Value) => Value): Closure {
  return (facts) => {
    const first = left(facts);
    if (typeof first === "symbol") return first;
    const second = right(facts);
    return typeof second === "symbol" ? second : compute(first, second);
  };
}

/** Words of enums as text, for what works on text. */
export function toText({ closure, type }: Pick<Operand, "closure" | "type">): Closure {
  if (type.kind !== "enum") return closure;
  const words = new Map(type.description.values.map(({ number }, index) => [number, type.words[index]!]));
  return map1(closure, (number) => words.get(number as number) ?? unsure);
}

/** An entry of a map, or whether it is there. */
export function entryOf(map: Closure, key: Closure, testOnly: boolean): Closure {
  return (facts) => {
    const entries = map(facts);
    if (typeof entries === "symbol") return entries;
    const name = key(facts);
    if (typeof name === "symbol") return name;
    const there = Object.hasOwn(entries as object, name as string);
    if (testOnly) return there;
    return there ? (read(entries as object, name as string) as Value) : failed;
  };
}

/** A property of a message or map. */
export function read(message: object, property: string): unknown {
  return (message as Record<string, unknown>)[property];
}
