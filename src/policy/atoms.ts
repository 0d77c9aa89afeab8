import { type Expr, planExpression } from "./cel.ts";
import type { CelType } from "./cel-types.ts";
import type { CheckedExpression } from "./check-expression.ts";
import { factsFields } from "./facts-schema.ts";
import { walkExpression } from "./walk-expression.ts";

/** A statement within a condition that is taken as one: about a number, a text, or something that is only named. */
export type Atom =
  | { readonly kind: "constant"; readonly value: boolean }
  | {
      readonly kind: "number";
      readonly path: string;
      readonly whole: boolean;
      readonly low: number;
      readonly high: number;
      readonly sign: NumberSign;
      readonly bound: number;
    }
  | {
      readonly kind: "text";
      readonly path: string;
      readonly words: readonly string[] | undefined;
      readonly among: readonly string[];
      readonly negated: boolean;
    }
  | { readonly kind: "opaque"; readonly key: string; readonly negated: boolean };

/** How a number relates to its bound. */
type NumberSign = "<" | "<=" | ">" | ">=" | "==" | "!=";

/** Reads a node that is no logic as an atom; `holds` false reads its contrary. */
export function readAtom(node: Expr, holds: boolean, checked: CheckedExpression): Atom {
  const constant = constantValue(node);
  if (typeof constant === "boolean") return { kind: "constant", value: constant === holds };
  const call = node.exprKind.case === "callExpr" ? node.exprKind.value : undefined;
  if (call?.function === "@in") {
    const atom = readMembership(call.args, holds, checked);
    if (atom) return atom;
  }
  const sign = call && signs.get(call.function);
  if (call && sign) {
    const [left, right] = call.args as [Expr, Expr];
    const atom =
      readComparison(left, sign, right, holds, checked) ??
      readComparison(right, flipped[sign], left, holds, checked);
    if (atom) return atom;
  }
  return { kind: "opaque", key: expressionKey(node), negated: !holds };
}

/** A text that two expressions share exactly if they are written alike, spaces aside. */
export function expressionKey(node: Expr): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (key === "id" || key === "$typeName") return undefined;
    return typeof value === "bigint" ? `${value}n` : value;
  });
}

/** Whether asking may give an error instead of true or false: what is looked up may be missing, a divisor may be 0. */
export function mayFail(root: Expr, checked: CheckedExpression): boolean {
  for (const node of walkExpression(root)) {
    const { exprKind } = node;
    if (exprKind.case === "selectExpr" && !exprKind.value.testOnly) {
      if (checked.typeOf(exprKind.value.operand!)?.kind !== "message") return true;
    }
    if (exprKind.case === "callExpr" && !totalFunctions.has(exprKind.value.function)) return true;
    if (exprKind.case === "comprehensionExpr") return true;
  }
  return false;
}

const totalFunctions: ReadonlySet<string> = new Set(
  "_&&_ _||_ !_ _?_:_ _==_ _!=_ _<_ _<=_ _>_ _>=_ @in size startsWith endsWith contains matches".split(" "),
);

const signs: ReadonlyMap<string, NumberSign> = new Map([
  ["_<_", "<"],
  ["_<=_", "<="],
  ["_>_", ">"],
  ["_>=_", ">="],
  ["_==_", "=="],
  ["_!=_", "!="],
]);

const flipped: Readonly<Record<NumberSign, NumberSign>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "==": "==",
  "!=": "!=",
};
const contrary: Readonly<Record<NumberSign, NumberSign>> = {
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
  "==": "!=",
  "!=": "==",
};

function readComparison(
  variable: Expr,
  sign: NumberSign,
  other: Expr,
  holds: boolean,
  checked: CheckedExpression,
): Atom | undefined {
  const path = pathOf(variable);
  if (path === undefined) return undefined;
  const value = constantValue(other);
  const type = checked.typeOf(variable);
  if (typeof value === "number" && type) return numberAtom(path, type, holds ? sign : contrary[sign], value);
  const equality = sign === "==" || sign === "!=";
  if (typeof value === "string" && equality) return textAtom(path, type, [value], (sign === "!=") === holds);
  return undefined;
}

function readMembership(
  [left, right]: readonly Expr[],
  holds: boolean,
  checked: CheckedExpression,
): Atom | undefined {
  const path = pathOf(left!);
  if (path === undefined || right!.exprKind.case !== "listExpr") return undefined;
  const values = right!.exprKind.value.elements.map(constantValue);
  if (!values.every((value) => typeof value === "string")) return undefined;
  return textAtom(path, checked.typeOf(left!), values, !holds);
}

function numberAtom(path: string, type: CelType, sign: NumberSign, bound: number): Atom | undefined {
  if (type.kind !== "int" && type.kind !== "double") return undefined;
  const { low, high } = rangeOf(path) ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return { kind: "number", path, whole: type.kind === "int", low, high, sign, bound };
}

function textAtom(path: string, type: CelType | undefined, among: readonly string[], negated: boolean): Atom {
  return { kind: "text", path, words: type?.kind === "enum" ? type.words : undefined, among, negated };
}

/** The dotted name of what a node reads; undefined where it computes something. */
function pathOf(node: Expr): string | undefined {
  const { exprKind } = node;
  switch (exprKind.case) {
    case "identExpr":
      return factsFields.has(exprKind.value.name) ? exprKind.value.name : undefined;
    case "selectExpr": {
      const inner = exprKind.value.testOnly ? undefined : pathOf(exprKind.value.operand!);
      return inner === undefined ? undefined : `${inner}.${exprKind.value.field}`;
    }
    case "callExpr": {
      const { function: name, target, args } = exprKind.value;
      const inner = target ?? args[0];
      if (name === "size" && inner) {
        const path = pathOf(inner);
        return path === undefined ? undefined : `size(${path})`;
      }
      if (name !== "_[_]") return undefined;
      const path = pathOf(args[0]!);
      const key = constantValue(args[1]!);
      return path === undefined || typeof key !== "string" ? undefined : `${path}.${key}`;
    }
    default:
      return undefined;
  }
}

function rangeOf(path: string): { low: number; high: number } | undefined {
  if (path.startsWith("size(")) return { low: 0, high: Number.POSITIVE_INFINITY };
  const [first, second] = path.split(".");
  const field = factsFields.get(first!);
  if (second === undefined) return field?.range;
  return field?.type.kind === "message" ? field.type.fields.get(second)?.range : undefined;
}

/** What an expression without variables gives; undefined where it has some, or gives no number, text or truth. */
function constantValue(node: Expr): number | string | boolean | undefined {
  for (const { exprKind } of walkExpression(node)) {
    if (exprKind.case === "identExpr" || exprKind.case === "comprehensionExpr") return undefined;
  }
  const outcome = planExpression(node, new Map())({});
  if ("failure" in outcome) return undefined;
  const { value } = outcome;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean"
    ? value
    : undefined;
}
