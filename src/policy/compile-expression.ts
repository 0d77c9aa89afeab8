import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import type { Expr, Matcher } from "./cel.ts";
import { asText, type CelType, type FactsField, isNumber } from "./cel-types.ts";
import { constantText } from "./check-call.ts";
import { factsFields } from "./facts-schema.ts";
import { isPresent } from "./presence.ts";

/** CEL says that this has no value, such as a label that is not there. Only `&&` and `||` can swallow it. */
export const failed = Symbol("failed");
/** This way of computing cannot say; the library must be asked. */
export const unsure = Symbol("unsure");

/** What a part of an expression gives: a number for int and double alike, an enum's number for its word. */
type Value = number | string | boolean | object | undefined | typeof failed | typeof unsure;

/** A part of an expression, ready to run on facts. */
export type Closure = (facts: Facts) => Value;

/** What compiling a part needs to know of the whole. */
export interface CompileContext {
  typeOf(node: Expr): CelType | undefined;
  readonly matchers: ReadonlyMap<string, Matcher>;
}

/**
 * Makes a function of a checked expression that runs on Facts directly, many times faster than the library on variables.
 * It gives exactly what the library would give, `failed` where that is an error, or `unsure`.
 */
export function compileExpression(node: Expr, context: CompileContext): Closure {
  const { exprKind } = node;
  switch (exprKind.case) {
    case "constExpr":
      return compileConstant(exprKind.value.constantKind);
    case "identExpr":
      return compileVariable(exprKind.value.name);
    case "selectExpr":
      return compileSelect(exprKind.value, context);
    case "callExpr":
      return compileCall(exprKind.value, context);
    default:
      // Lists outside of "in", maps and the macros are rare enough for the library.
      return () => unsure;
  }
}

function compileConstant(constant: { case: string | undefined; value?: unknown }): Closure {
  const { value } = constant;
  switch (constant.case) {
    case "int64Value":
    case "uint64Value": {
      const number = Number(value);
      return Number.isSafeInteger(number) ? () => number : () => unsure;
    }
    case "doubleValue":
    case "stringValue":
    case "boolValue":
      return () => value as Value;
    default:
      return () => unsure;
  }
}

function compileVariable(name: string): Closure {
  const field = factsFields.get(name);
  if (!field || field.type.kind === "duration") return () => unsure;
  const { localName } = field.descriptor;
  const { absent } = field;
  if (field.type.kind === "message") return (facts) => read(facts, localName) as Value;
  return (facts) => (read(facts, localName) ?? absent) as Value;
}

function read(message: object, property: string): unknown {
  return (message as Record<string, unknown>)[property];
}

function compileSelect(
  select: { operand?: Expr | undefined; field: string; testOnly: boolean },
  context: CompileContext,
): Closure {
  const operand = compileExpression(select.operand!, context);
  const type = context.typeOf(select.operand!);
  if (type?.kind === "map") return compileEntry(operand, () => select.field, select.testOnly);
  const field = type?.kind === "message" ? type.fields.get(select.field) : undefined;
  if (!field) return () => unsure;
  return select.testOnly ? compilePresence(operand, field) : compileField(operand, field);
}

function compilePresence(operand: Closure, { descriptor }: FactsField): Closure {
  return (facts) => {
    const message = operand(facts);
    if (typeof message === "symbol") return message;
    return message !== undefined && isPresent(descriptor, read(message as object, descriptor.localName));
  };
}

function compileField(operand: Closure, { type, descriptor: { localName }, absent }: FactsField): Closure {
  if (type.kind === "duration") return () => unsure;
  return (facts) => {
    const message = operand(facts);
    if (typeof message === "symbol") return message;
    return (message === undefined ? absent : (read(message as object, localName) ?? absent)) as Value;
  };
}

/** An entry of a map, or whether it is there. */
function compileEntry(map: Closure, key: Closure, testOnly: boolean): Closure {
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

interface Call {
  readonly function: string;
  readonly target?: Expr | undefined;
  readonly args: readonly Expr[];
}

function compileCall(call: Call, context: CompileContext): Closure {
  const args = call.target ? [call.target, ...call.args] : call.args;
  const types = args.map((arg) => context.typeOf(arg) ?? { kind: "dyn" as const });
  const closures = () => args.map((arg) => compileExpression(arg, context));
  switch (call.function) {
    case "_&&_":
      return closures().reduce(and);
    case "_||_":
      return closures().reduce(or);
    case "!_":
      return map1(closures()[0]!, (value) => !value);
    case "_?_:_":
      return compileConditional(closures());
    case "_==_":
      return compileEquality(args, types, context);
    case "_!=_":
      return map1(compileEquality(args, types, context), (equal) => !equal);
    case "_<_":
    case "_<=_":
    case "_>_":
    case "_>=_":
      return compileOrder(call.function, closures(), types);
    case "@in":
      return compileMembership(args, types, context);
    case "_[_]":
      if (types[0]!.kind !== "map" || types[1]!.kind !== "string") return () => unsure;
      return compileEntry(closures()[0]!, closures()[1]!, false);
    case "size":
      return compileSize(closures()[0]!, types[0]!);
    case "startsWith":
    case "endsWith":
    case "contains":
    case "matches":
      return compileTextTest(call.function, args, types, context);
    default:
      return compileArithmetic(call.function, closures(), types);
  }
}

/** CEL's logic does not care for order: false wins over an error on either side. */
function and(left: Closure, right: Closure): Closure {
  return (facts) => {
    const first = left(facts);
    if (first === false) return false;
    const second = right(facts);
    if (second === false || first === true) return second;
    return worse(first, second);
  };
}

function or(left: Closure, right: Closure): Closure {
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

function map1(operand: Closure, compute: (value: Value) => Value): Closure {
  return (facts) => {
    const value = operand(facts);
    return typeof value === "symbol" ? value : compute(value);
  };
}

function map2(left: Closure, right: Closure, compute: (left: Value, right: Value) => Value): Closure {
  return (facts) => {
    const first = left(facts);
    if (typeof first === "symbol") return first;
    const second = right(facts);
    return typeof second === "symbol" ? second : compute(first, second);
  };
}

function compileConditional([condition, yes, no]: readonly Closure[]): Closure {
  return (facts) => {
    const holds = condition!(facts);
    if (typeof holds === "symbol") return holds;
    return holds ? yes!(facts) : no!(facts);
  };
}

function compileEquality(args: readonly Expr[], types: readonly CelType[], context: CompileContext): Closure {
  const [left, right] = types as [CelType, CelType];
  const closures = args.map((arg) => compileExpression(arg, context)) as [Closure, Closure];
  if (isNumber(left) && isNumber(right)) return map2(...closures, equal);
  if (left.kind === "bool" && right.kind === "bool") return map2(...closures, equal);
  if (left.kind === "enum" && right.kind === "enum") return map2(...closures, equal);
  const number = enumNumber(left, args[1]) ?? enumNumber(right, args[0]);
  if (number !== undefined)
    return map1(left.kind === "enum" ? closures[0] : closures[1], (value) => value === number);
  if (asText(left).kind !== "string" || asText(right).kind !== "string") return () => unsure;
  return map2(toText(closures[0], left), toText(closures[1], right), equal);
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

/** Words of enums as text, for what works on text. */
function toText(closure: Closure, type: CelType): Closure {
  if (type.kind !== "enum") return closure;
  const words = new Map(type.description.values.map(({ number }, index) => [number, type.words[index]!]));
  return map1(closure, (number) => words.get(number as number) ?? unsure);
}

function compileOrder(sign: string, [left, right]: readonly Closure[], types: readonly CelType[]): Closure {
  const numbers = types.every(isNumber);
  const texts = types.every(({ kind }) => kind === "string");
  if (!numbers && !texts) return () => unsure;
  switch (sign) {
    case "_<_":
      return map2(left!, right!, (first, second) => (first as number) < (second as number));
    case "_<=_":
      return map2(left!, right!, (first, second) => (first as number) <= (second as number));
    case "_>_":
      return map2(left!, right!, (first, second) => (first as number) > (second as number));
    default:
      return map2(left!, right!, (first, second) => (first as number) >= (second as number));
  }
}

function compileMembership(
  args: readonly Expr[],
  types: readonly CelType[],
  context: CompileContext,
): Closure {
  const [leftType, rightType] = types as [CelType, CelType];
  const left = compileExpression(args[0]!, context);
  const list = args[1]!.exprKind;
  if (list.case === "listExpr") return compileConstantList(left, leftType, list.value.elements);
  const right = compileExpression(args[1]!, context);
  if (rightType.kind === "map" && leftType.kind === "string") return compileEntry(right, left, true);
  if (rightType.kind !== "list") return () => unsure;
  if (rightType.element.kind === "string" && leftType.kind === "string") {
    return map2(left, right, (value, values) => (values as Value[]).includes(value));
  }
  const number = enumNumber(rightType.element, args[0]);
  return number === undefined ? () => unsure : map1(right, (values) => (values as Value[]).includes(number));
}

function compileConstantList(left: Closure, type: CelType, elements: readonly Expr[]): Closure {
  const texts = elements.map(constantText);
  if (texts.some((text) => text === undefined)) return () => unsure;
  if (type.kind === "enum") {
    const numbers = new Set<Value>(elements.map((element) => enumNumber(type, element)));
    return map1(left, (value) => numbers.has(value));
  }
  if (type.kind !== "string") return () => unsure;
  const values = new Set<Value>(texts);
  return map1(left, (value) => values.has(value));
}

function compileSize(operand: Closure, type: CelType): Closure {
  switch (type.kind) {
    case "string":
      return map1(operand, (text) => [...(text as string)].length);
    case "enum":
      return map1(toText(operand, type), (text) => (text as string).length);
    case "map":
      return map1(operand, (map) => Object.keys(map as object).length);
    case "list":
      return map1(operand, (list) => (list as unknown[]).length);
    default:
      return () => unsure;
  }
}

function compileTextTest(
  name: string,
  args: readonly Expr[],
  types: readonly CelType[],
  context: CompileContext,
): Closure {
  if (!types.every((type) => asText(type).kind === "string")) return () => unsure;
  const [text, part] = args.map((arg, index) => toText(compileExpression(arg, context), types[index]!)) as [
    Closure,
    Closure,
  ];
  switch (name) {
    case "startsWith":
      return map2(text, part, (whole, start) => (whole as string).startsWith(start as string));
    case "endsWith":
      return map2(text, part, (whole, end) => (whole as string).endsWith(end as string));
    case "contains":
      return map2(text, part, (whole, within) => (whole as string).includes(within as string));
    default: {
      const matcher = context.matchers.get(constantText(args[1]) ?? "");
      return matcher ? map1(text, (whole) => matcher.test(whole as string)) : () => unsure;
    }
  }
}

function compileArithmetic(name: string, operands: readonly Closure[], types: readonly CelType[]): Closure {
  const [left, right] = operands;
  const [kind, other] = types.map((type) => asText(type).kind);
  if (name === "double" && kind === "int") return left!;
  if (name === "-_" && kind === "double") return map1(left!, (value) => -(value as number));
  if (name === "-_" && kind === "int") return map1(left!, (value) => safe(0 - (value as number)));
  if (kind !== other) return () => unsure;
  if (name === "_+_" && kind === "string") {
    const texts = operands.map((operand, index) => toText(operand, types[index]!)) as [Closure, Closure];
    return map2(...texts, (first, second) => (first as string) + (second as string));
  }
  if (kind !== "int" && kind !== "double") return () => unsure;
  const compute = kind === "int" ? wholeArithmetic[name] : fractionArithmetic[name];
  return compute
    ? map2(left!, right!, (first, second) => compute(first as number, second as number))
    : () => unsure;
}

type Arithmetic = Readonly<Record<string, ((left: number, right: number) => Value) | undefined>>;

const fractionArithmetic: Arithmetic = {
  "_+_": (left, right) => left + right,
  "_-_": (left, right) => left - right,
  "_*_": (left, right) => left * right,
  "_/_": (left, right) => left / right,
};

const wholeArithmetic: Arithmetic = {
  "_+_": (left, right) => safe(left + right),
  "_-_": (left, right) => safe(left - right),
  "_*_": (left, right) => safe(left * right),
  "_/_": (left, right) => (right === 0 ? failed : safe((left - (left % right)) / right)),
  "_%_": (left, right) => (right === 0 ? failed : safe(left % right)),
};

/** Whole numbers are CEL's 64-bit integers; beyond 53 bits only the library can tell. Adding 0 drops the sign of -0. */
function safe(value: number): Value {
  return Number.isSafeInteger(value) ? value + 0 : unsure;
}
