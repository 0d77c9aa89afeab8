import type { Expr } from "./cel.ts";
import { type CelType, type CheckContext, joinTypes, typeName, unknownType } from "./cel-types.ts";
import { checkCall } from "./check-call.ts";
import { factsFields, listFactsPaths } from "./facts-schema.ts";
import { nameHint, nearestName } from "./nearest-name.ts";

/** Something wrong with an expression. */
interface ExpressionProblem {
  readonly node: Expr;
  readonly message: string;
}

/** The types of an expression and of all its parts. */
export interface CheckedExpression {
  readonly type: CelType;
  readonly problems: readonly ExpressionProblem[];
  typeOf(node: Expr): CelType | undefined;
}

/** Finds every name and type mistake in an expression over Facts. */
export function checkExpression(root: Expr): CheckedExpression {
  const problems: ExpressionProblem[] = [];
  const types = new Map<Expr, CelType>();
  const scopes: Map<string, CelType>[] = [];
  const context: CheckContext = {
    check: (node) => {
      const type = checkNode(node, context, scopes);
      types.set(node, type);
      return type;
    },
    typeOf: (node) => types.get(node) ?? unknownType,
    problem: (node, message) => {
      problems.push({ node, message });
      return unknownType;
    },
  };
  const type = context.check(root);
  return { type, problems, typeOf: (node) => types.get(node) };
}

function checkNode(node: Expr, context: CheckContext, scopes: Map<string, CelType>[]): CelType {
  const { exprKind } = node;
  switch (exprKind.case) {
    case "constExpr":
      return { kind: constantKinds[exprKind.value.constantKind.case ?? "nullValue"] ?? "dyn" };
    case "identExpr":
      return checkName(node, exprKind.value.name, context, scopes);
    case "selectExpr":
      return checkSelect(node, exprKind.value, context);
    case "callExpr":
      return checkCall(node, exprKind.value, context);
    case "listExpr":
      return { kind: "list", element: joinTypes(exprKind.value.elements.map(context.check)) };
    case "structExpr": {
      if (exprKind.value.messageName !== "") {
        return context.problem(
          node,
          `messages such as ${exprKind.value.messageName} cannot be made in a condition`,
        );
      }
      const entries = exprKind.value.entries;
      const keys = entries.flatMap(({ keyKind }) =>
        keyKind.case === "mapKey" ? [context.check(keyKind.value)] : [],
      );
      const values = entries.map(({ value }) => context.check(value!));
      return { kind: "map", key: joinTypes(keys), value: joinTypes(values) };
    }
    case "comprehensionExpr":
      return checkComprehension(node, exprKind.value, context, scopes);
    default:
      return context.problem(node, "cannot be understood");
  }
}

const constantKinds: Readonly<
  Record<string, "bool" | "int" | "uint" | "double" | "string" | "bytes" | "null">
> = {
  boolValue: "bool",
  int64Value: "int",
  uint64Value: "uint",
  doubleValue: "double",
  stringValue: "string",
  bytesValue: "bytes",
  nullValue: "null",
};

function checkName(
  node: Expr,
  name: string,
  context: CheckContext,
  scopes: readonly Map<string, CelType>[],
): CelType {
  for (let index = scopes.length - 1; index >= 0; index--) {
    const type = scopes[index]!.get(name);
    if (type) return type;
  }
  const type = factsFields.get(name)?.type;
  if (type) return type;
  return context.problem(node, `there is no variable "${name}"${variableHint(name)}`);
}

function variableHint(name: string): string {
  const inner = listFactsPaths().filter((path) => path.endsWith(`.${name}`));
  if (inner.length > 0) return `; did you mean ${inner.join(" or ")}?`;
  const near = nearestName(name, factsFields.keys());
  if (near !== undefined) return `; did you mean "${near}"?`;
  // A word without quotes is a variable to CEL.
  const isWord = [...factsFields.values()].some(
    ({ type }) => type.kind === "enum" && type.words.includes(name),
  );
  if (isWord) return `; a word stands in quotes: "${name}"`;
  return nameHint(name, factsFields.keys());
}

function checkSelect(
  node: Expr,
  select: { operand?: Expr | undefined; field: string; testOnly: boolean },
  context: CheckContext,
): CelType {
  const operand = context.check(select.operand!);
  const result = (type: CelType): CelType => (select.testOnly ? { kind: "bool" } : type);
  switch (operand.kind) {
    case "dyn":
      return result(unknownType);
    case "map":
      return result(operand.value);
    case "message": {
      const field = operand.fields.get(select.field);
      if (field) return result(field.type);
      return context.problem(
        node,
        `${operand.name} has no field "${select.field}"${nameHint(select.field, operand.fields.keys())}`,
      );
    }
    default:
      return context.problem(
        node,
        `".${select.field}" asks for a field of ${typeName(operand)}, which has none`,
      );
  }
}

interface Comprehension {
  readonly iterVar: string;
  readonly accuVar: string;
  readonly iterRange?: Expr | undefined;
  readonly accuInit?: Expr | undefined;
  readonly loopCondition?: Expr | undefined;
  readonly loopStep?: Expr | undefined;
  readonly result?: Expr | undefined;
}

/** What the macros all, exists, exists_one, filter and map become. */
function checkComprehension(
  node: Expr,
  value: Comprehension,
  context: CheckContext,
  scopes: Map<string, CelType>[],
): CelType {
  const range = context.check(value.iterRange!);
  if (range.kind !== "list" && range.kind !== "map" && range.kind !== "dyn") {
    return context.problem(
      node,
      `all, exists, filter and map walk over a list or a map, not over ${typeName(range)}`,
    );
  }
  const element = range.kind === "list" ? range.element : range.kind === "map" ? range.key : unknownType;
  const start = context.check(value.accuInit!);
  scopes.push(
    new Map([
      [value.iterVar, element],
      [value.accuVar, start],
    ]),
  );
  const step = context.check(value.loopStep!);
  context.check(value.loopCondition!);
  scopes.pop();
  // A list is empty at first: only the step tells of what.
  scopes.push(new Map([[value.accuVar, start.kind === "list" ? step : start]]));
  const result = context.check(value.result!);
  scopes.pop();
  return result;
}
