import type { Matcher } from "./cel.ts";
import { asText } from "./cel-types.ts";
import { constantText } from "./check-call.ts";
import {
  type Closure,
  failed,
  giveUp,
  map1,
  map2,
  type Operand,
  toText,
  unsure,
  type Value,
} from "./closures.ts";

/** The length of a text in characters, of a list, or of a map. */
export function compileSize(operand: Operand): Closure {
  const { closure, type } = operand;
  switch (type.kind) {
    case "string":
      return map1(closure, (text) => [...(text as string)].length);
    case "enum":
      return map1(toText(operand), (text) => (text as string).length);
    case "map":
      return map1(closure, (map) => Object.keys(map as object).length);
    case "list":
      return map1(closure, (list) => (list as unknown[]).length);
    default:
      return giveUp;
  }
}

/** startsWith, endsWith, contains, and matches with a pattern that was compiled before. */
export function compileTextTest(
  name: string,
  operands: readonly Operand[],
  matchers: ReadonlyMap<string, Matcher>,
): Closure {
  if (!operands.every(({ type }) => asText(type).kind === "string")) return giveUp;
  const [text, part] = operands.map(toText) as [Closure, Closure];
  switch (name) {
    case "startsWith":
      return map2(text, part, (whole, start) => (whole as string).startsWith(start as string));
    case "endsWith":
      return map2(text, part, (whole, end) => (whole as string).endsWith(end as string));
    case "contains":
      return map2(text, part, (whole, within) => (whole as string).includes(within as string));
    default: {
      const matcher = matchers.get(constantText(operands[1]?.node) ?? "");
      return matcher ? map1(text, (whole) => matcher.test(whole as string)) : giveUp;
    }
  }
}

/** Arithmetic on numbers of one kind, joining of texts, and double(). */
export function compileArithmetic(name: string, operands: readonly Operand[]): Closure {
  const [left, right] = operands.map(({ closure }) => closure);
  const [kind, other] = operands.map(({ type }) => asText(type).kind);
  if (name === "double" && kind === "int") return left!;
  if (name === "-_" && kind === "double") return map1(left!, (value) => -(value as number));
  if (name === "-_" && kind === "int") return map1(left!, (value) => safe(0 - (value as number)));
  if (kind !== other) return giveUp;
  if (name === "_+_" && kind === "string") {
    const texts = operands.map(toText) as [Closure, Closure];
    return map2(...texts, (first, second) => (first as string) + (second as string));
  }
  if (kind !== "int" && kind !== "double") return giveUp;
  const compute = kind === "int" ? wholeArithmetic[name] : fractionArithmetic[name];
  return compute
    ? map2(left!, right!, (first, second) => compute(first as number, second as number))
    : giveUp;
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
