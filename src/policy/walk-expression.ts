import type { Expr } from "./cel.ts";

/** A node and all nodes below it, from the top. */
export function* walkExpression(node: Expr): Iterable<Expr> {
  yield node;
  for (const child of childrenOf(node)) yield* walkExpression(child);
}

function childrenOf({ exprKind }: Expr): Expr[] {
  const children = (...nodes: (Expr | undefined)[]) => nodes.filter((child) => child !== undefined);
  switch (exprKind.case) {
    case "selectExpr":
      return children(exprKind.value.operand);
    case "callExpr":
      return children(exprKind.value.target, ...exprKind.value.args);
    case "listExpr":
      return exprKind.value.elements;
    case "structExpr":
      return exprKind.value.entries.flatMap(({ keyKind, value }) =>
        children(keyKind.case === "mapKey" ? keyKind.value : undefined, value),
      );
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return children(iterRange, accuInit, loopCondition, loopStep, result);
    }
    default:
      return [];
  }
}
