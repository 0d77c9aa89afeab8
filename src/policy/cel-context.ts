import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import { enumWord } from "../lib/enums.ts";
import type { Expr } from "./cel.ts";
import type { CelType, FactsField } from "./cel-types.ts";
import { factsFields } from "./facts-schema.ts";
import { isPresent } from "./presence.ts";

/**
 * Facts as variables for the CEL library: snake_case names, enums as words, whole numbers as bigint (CEL's int). Beside
 * every field of a message stands a bool `?name` that says whether it is set, because a plain map could not both have
 * a zero value and be without it; `replacePresenceTests` makes has() ask for it.
 */
export function celVariables(facts: Facts): Record<string, unknown> {
  return messageVariables(factsFields, facts as unknown as Record<string, unknown>);
}

/** The same expression, with has(message.field) replaced by the bool that says it. Maps keep their own has(). */
export function replacePresenceTests(root: Expr, typeOf: (node: Expr) => CelType | undefined): Expr {
  const replace = (node: Expr | undefined): Expr => {
    const { exprKind } = node!;
    const withKind = (value: object): Expr =>
      ({ ...node!, exprKind: { case: exprKind.case, value } }) as Expr;
    switch (exprKind.case) {
      case "selectExpr": {
        const { operand, field, testOnly } = exprKind.value;
        const presence = testOnly && typeOf(operand!)?.kind === "message";
        const selected = presence ? { field: presenceName(field), testOnly: false } : {};
        return withKind({ ...exprKind.value, operand: replace(operand), ...selected });
      }
      case "callExpr": {
        const { target, args } = exprKind.value;
        return withKind({
          ...exprKind.value,
          ...(target ? { target: replace(target) } : {}),
          args: args.map(replace),
        });
      }
      case "listExpr":
        return withKind({ ...exprKind.value, elements: exprKind.value.elements.map(replace) });
      case "structExpr":
        return withKind({
          ...exprKind.value,
          entries: exprKind.value.entries.map((entry) => ({
            ...entry,
            value: replace(entry.value),
            keyKind:
              entry.keyKind.case === "mapKey"
                ? { case: "mapKey", value: replace(entry.keyKind.value) }
                : entry.keyKind,
          })),
        });
      case "comprehensionExpr": {
        const { accuInit, iterRange, loopCondition, loopStep, result } = exprKind.value;
        return withKind({
          ...exprKind.value,
          accuInit: replace(accuInit),
          iterRange: replace(iterRange),
          loopCondition: replace(loopCondition),
          loopStep: replace(loopStep),
          result: replace(result),
        });
      }
      default:
        return node!;
    }
  };
  return replace(root);
}

function presenceName(field: string): string {
  return `?${field}`;
}

function messageVariables(
  fields: ReadonlyMap<string, FactsField>,
  message: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const value = message?.[field.descriptor.localName];
    variables[name] = toVariable(field.type, value ?? field.absent);
    variables[presenceName(name)] = isPresent(field.descriptor, value);
  }
  return variables;
}

function toVariable(type: CelType, value: unknown): unknown {
  switch (type.kind) {
    case "int":
      return BigInt(value as number);
    case "enum":
      return enumWord(type.description, value as number);
    case "list":
      return (value as unknown[]).map((item) => toVariable(type.element, item));
    case "map":
      // A Map, because a label may be named like something that every object has.
      return new Map(
        Object.entries(value as object).map(([key, item]) => [key, toVariable(type.value, item)]),
      );
    case "message":
      return messageVariables(type.fields, value as Record<string, unknown> | undefined);
    case "duration":
      return value ?? create(DurationSchema);
    default:
      return value;
  }
}
