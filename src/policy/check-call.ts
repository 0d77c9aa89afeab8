import { compileMatcher, type Expr } from "./cel.ts";
import {
  asText,
  type CelType,
  type CheckContext,
  comparable,
  isNumber,
  typeName,
  unknownType,
} from "./cel-types.ts";
import { nameHint, nearestName } from "./nearest-name.ts";

interface Call {
  readonly function: string;
  readonly target?: Expr | undefined;
  readonly args: readonly Expr[];
}

/** Checks an operator or a function, and gives the type of its result. */
export function checkCall(node: Expr, call: Call, context: CheckContext): CelType {
  const operator = operators.get(call.function);
  const operands = call.target ? [call.target, ...call.args] : call.args;
  if (operator) return operator(node, call.args, operands.map(context.check), context);
  const check = functions.get(call.function);
  if (!check) {
    operands.forEach(context.check);
    return context.problem(
      node,
      `there is no function "${call.function}"${nameHint(call.function, functions.keys())}`,
    );
  }
  return check(node, call, operands.map(context.check), context);
}

/** The constant text of a node; undefined where it is something else. */
export function constantText(node: Expr | undefined): string | undefined {
  if (node?.exprKind.case !== "constExpr") return undefined;
  const { constantKind } = node.exprKind.value;
  return constantKind.case === "stringValue" ? constantKind.value : undefined;
}

type OperatorCheck = (
  node: Expr,
  args: readonly Expr[],
  types: readonly CelType[],
  context: CheckContext,
) => CelType;
type FunctionCheck = (node: Expr, call: Call, types: readonly CelType[], context: CheckContext) => CelType;

const bool: CelType = { kind: "bool" };

const operators: ReadonlyMap<string, OperatorCheck> = new Map<string, OperatorCheck>([
  ["_&&_", (_node, args, types, context) => checkLogic("&&", args, types, context)],
  ["_||_", (_node, args, types, context) => checkLogic("||", args, types, context)],
  ["!_", (_node, args, types, context) => checkLogic("!", args, types, context)],
  ["@not_strictly_false", () => bool],
  ["_?_:_", checkConditional],
  ["_==_", (node, args, types, context) => checkEquality("==", node, args, types, context)],
  ["_!=_", (node, args, types, context) => checkEquality("!=", node, args, types, context)],
  ["_<_", (node, _args, types, context) => checkOrder("<", node, types, context)],
  ["_<=_", (node, _args, types, context) => checkOrder("<=", node, types, context)],
  ["_>_", (node, _args, types, context) => checkOrder(">", node, types, context)],
  ["_>=_", (node, _args, types, context) => checkOrder(">=", node, types, context)],
  ["@in", checkMembership],
  ["_+_", (node, _args, types, context) => checkArithmetic("+", node, types, context)],
  ["_-_", (node, _args, types, context) => checkArithmetic("-", node, types, context)],
  ["_*_", (node, _args, types, context) => checkArithmetic("*", node, types, context)],
  ["_/_", (node, _args, types, context) => checkArithmetic("/", node, types, context)],
  ["_%_", (node, _args, types, context) => checkArithmetic("%", node, types, context)],
  ["-_", checkNegation],
  ["_[_]", checkIndex],
]);

function checkLogic(
  sign: string,
  args: readonly Expr[],
  types: readonly CelType[],
  context: CheckContext,
): CelType {
  for (const [index, type] of types.entries()) {
    if (type.kind !== "bool" && type.kind !== "dyn") {
      context.problem(args[index]!, `${sign} joins conditions, but a side of it is ${typeName(type)}`);
    }
  }
  return bool;
}

function checkConditional(
  node: Expr,
  args: readonly Expr[],
  types: readonly CelType[],
  context: CheckContext,
): CelType {
  const [condition, yes, no] = types as [CelType, CelType, CelType];
  if (condition.kind !== "bool" && condition.kind !== "dyn") {
    context.problem(args[0]!, `what stands before "?" is ${typeName(condition)}, not true or false`);
  }
  if (yes.kind === no.kind) return yes;
  if (!comparable(yes, no))
    context.problem(node, `the two sides of ":" are ${typeName(yes)} and ${typeName(no)}`);
  return unknownType;
}

function checkEquality(
  sign: string,
  node: Expr,
  args: readonly Expr[],
  types: readonly CelType[],
  context: CheckContext,
): CelType {
  const [left, right] = types as [CelType, CelType];
  if ((left.kind === "null") !== (right.kind === "null") && left.kind !== "dyn" && right.kind !== "dyn") {
    context.problem(node, "nothing here is ever null; ask with has(...) whether something is set");
  } else if (!comparable(left, right)) {
    context.problem(
      node,
      `${sign} compares ${typeName(left)} with ${typeName(right)}, which never are equal`,
    );
  }
  checkWord(left, args[1]!, context);
  checkWord(right, args[0]!, context);
  return bool;
}

function checkOrder(sign: string, node: Expr, types: readonly CelType[], context: CheckContext): CelType {
  const [left, right] = types as [CelType, CelType];
  if (left.kind === "enum" || right.kind === "enum") {
    context.problem(node, `${sign} orders numbers; words have no order, compare them with == or in`);
  } else if (!comparable(left, right)) {
    context.problem(node, `${sign} compares ${typeName(left)} with ${typeName(right)}`);
  } else if (["list", "map", "message", "null"].includes(left.kind)) {
    context.problem(node, `${sign} orders numbers or texts, not ${typeName(left)}`);
  }
  return bool;
}

function checkMembership(
  node: Expr,
  args: readonly Expr[],
  types: readonly CelType[],
  context: CheckContext,
): CelType {
  const [left, right] = types as [CelType, CelType];
  const list = args[1]!.exprKind;
  if (right.kind === "list") {
    if (list.case === "listExpr") {
      for (const element of list.value.elements) {
        const type = context.typeOf(element);
        if (!comparable(left, type)) {
          context.problem(element, `"in" looks for ${typeName(left)} in a list that holds ${typeName(type)}`);
        }
        checkWord(left, element, context);
      }
    } else if (!comparable(left, right.element)) {
      context.problem(node, `"in" looks for ${typeName(left)} in a list of ${typeName(right.element)}`);
    }
    checkWord(right.element, args[0]!, context);
  } else if (right.kind === "map") {
    if (!comparable(left, right.key))
      context.problem(node, `"in" looks for ${typeName(left)} among names, which are text`);
  } else if (right.kind !== "dyn") {
    const hint = right.kind === "string" ? '; write text.contains("part")' : "";
    context.problem(node, `"in" needs a list or a map on its right, not ${typeName(right)}${hint}`);
  }
  return bool;
}

function checkArithmetic(
  sign: string,
  node: Expr,
  types: readonly CelType[],
  context: CheckContext,
): CelType {
  const [left, right] = types.map(asText) as [CelType, CelType];
  if (left.kind === "dyn" || right.kind === "dyn") return left.kind === "dyn" ? right : left;
  const allowed = arithmeticKinds[sign]!;
  if (left.kind === right.kind && allowed.includes(left.kind)) return left;
  const hint =
    isNumber(left) && isNumber(right) && sign !== "%"
      ? ": CEL does not mix whole numbers with fractions; write 2.0 for 2, or double(...)"
      : "";
  return context.problem(node, `${sign} does not take ${typeName(left)} and ${typeName(right)}${hint}`);
}

const arithmeticKinds: Readonly<Record<string, readonly string[]>> = {
  "+": ["int", "uint", "double", "string", "bytes", "list", "duration"],
  "-": ["int", "uint", "double", "duration"],
  "*": ["int", "uint", "double"],
  "/": ["int", "uint", "double"],
  "%": ["int", "uint"],
};

function checkNegation(
  node: Expr,
  _args: readonly Expr[],
  types: readonly CelType[],
  context: CheckContext,
): CelType {
  const [type] = types as [CelType];
  if (type.kind === "int" || type.kind === "double" || type.kind === "dyn") return type;
  return context.problem(node, `- takes a number, not ${typeName(type)}`);
}

function checkIndex(
  node: Expr,
  _args: readonly Expr[],
  types: readonly CelType[],
  context: CheckContext,
): CelType {
  const [whole, index] = types as [CelType, CelType];
  if (whole.kind === "list" && (isNumber(index) || index.kind === "dyn")) return whole.element;
  if (whole.kind === "map" && comparable(whole.key, index)) return whole.value;
  if (whole.kind === "dyn") return unknownType;
  return context.problem(node, `[...] takes ${typeName(index)} out of ${typeName(whole)}`);
}

const functions: ReadonlyMap<string, FunctionCheck> = new Map<string, FunctionCheck>([
  ["size", fixed([["string", "bytes", "list", "map"]], "int", "either")],
  ["startsWith", fixed([["string"], ["string"]], "bool", "method")],
  ["endsWith", fixed([["string"], ["string"]], "bool", "method")],
  ["contains", fixed([["string"], ["string"]], "bool", "method")],
  ["matches", checkMatches],
  ["int", fixed([["int", "uint", "double", "string", "duration"]], "int", "function")],
  ["uint", fixed([["int", "uint", "double", "string"]], "uint", "function")],
  ["double", fixed([["int", "uint", "double", "string"]], "double", "function")],
  ["string", fixed([["string", "bool", "int", "uint", "double", "bytes", "duration"]], "string", "function")],
  ["bool", fixed([["bool", "string"]], "bool", "function")],
  ["duration", fixed([["string", "duration"]], "duration", "function")],
  [
    "dyn",
    fixed(
      [["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null", "duration"]],
      "dyn",
      "function",
    ),
  ],
]);

type ScalarKind = "int" | "uint" | "bool" | "double" | "string" | "duration" | "dyn";

/** A function with a fixed number of arguments, each of one of some kinds. */
function fixed(
  parameters: readonly (readonly string[])[],
  result: ScalarKind,
  style: "method" | "function" | "either",
): FunctionCheck {
  return (node, call, types, context) => {
    const name = call.function;
    if (
      types.length !== parameters.length ||
      (style === "method" && !call.target) ||
      (style === "function" && call.target)
    ) {
      const example =
        style === "method" ? `text.${name}(${parameters.length > 1 ? '"..."' : ""})` : `${name}(...)`;
      context.problem(node, `${name} is written ${example}`);
      return { kind: result };
    }
    for (const [index, type] of types.entries()) {
      const kinds = parameters[index]!;
      if (type.kind !== "dyn" && !kinds.includes(asText(type).kind)) {
        context.problem(node, `${name} does not take ${typeName(type)}`);
      }
    }
    return { kind: result };
  };
}

function checkMatches(node: Expr, call: Call, types: readonly CelType[], context: CheckContext): CelType {
  fixed([["string"], ["string"]], "bool", "method")(node, call, types, context);
  const [patternNode] = call.args;
  const pattern = constantText(patternNode);
  if (pattern === undefined) {
    // A pattern out of a request would be code from a caller.
    if (patternNode)
      context.problem(patternNode, "the pattern of matches must stand in the policy as a text");
    return bool;
  }
  try {
    compileMatcher(pattern);
  } catch (error) {
    context.problem(
      patternNode!,
      `the pattern ${error instanceof RangeError ? "" : "is not RE2: "}${(error as Error).message}`,
    );
  }
  return bool;
}

/** A word that an enum never is can never be equal to it. */
function checkWord(type: CelType, other: Expr, context: CheckContext): void {
  const word = constantText(other);
  if (type.kind !== "enum" || word === undefined || type.words.includes(word)) return;
  const words = type.words.filter((known) => known !== "unspecified");
  const near = nearestName(word, words);
  context.problem(
    other,
    `"${word}" is not a word for this; ${near ? `did you mean "${near}"?` : `known: ${words.join(", ")}`}`,
  );
}
