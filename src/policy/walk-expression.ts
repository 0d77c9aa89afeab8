import type { Expr } from "./cel.ts";

/** A node and all nodes below it, from the top. */
export function* walkExpression(node: Expr): Iterable<Expr> {
  yield node;
  for (const child of childrenOf(node)) yield* walkExpression(child);
}

/** How deep an expression is nested, and how deep its macros are. Counts without recursion, so that no depth is too deep. */
export function measureExpression(root: Expr): { readonly depth: number; readonly macros: number } {
  let [depth, macros] = [0, 0];
  const open = [{ node: root, level: 1, walks: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, level } = next;
    const walks = next.walks + (node.exprKind.case === "comprehensionExpr" ? 1 : 0);
    depth = Math.max(depth, level);
    macros = Math.max(macros, walks);
    for (const child of childrenOf(node)) open.push({ node: child, level: level + 1, walks });
  }
  return { depth, macros };
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
