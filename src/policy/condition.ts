import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import {
  type CelProgram,
  compileMatcher,
  type Expr,
  type Matcher,
  maximumExpressionLength,
  parseExpression,
  planExpression,
} from "./cel.ts";
import { celVariables, replacePresenceTests } from "./cel-context.ts";
import { typeName } from "./cel-types.ts";
import { constantText } from "./check-call.ts";
import { type CheckedExpression, checkExpression } from "./check-expression.ts";
import { type Closure, failed } from "./closures.ts";
import { compileExpression } from "./compile-expression.ts";
import { measureExpression, walkExpression } from "./walk-expression.ts";

/** The facts of one evaluation, with what is derived from them once and only if needed. */
export interface FactsScope {
  readonly facts: Facts;
  /** The facts as variables for the CEL library. */
  variables(): Record<string, unknown>;
}

/** Something wrong with a condition, and the line of its text, from 1, where it stands. */
export interface ConditionProblem {
  readonly message: string;
  readonly line: number;
}

/** A condition that can be asked. */
export interface Condition {
  /** The syntax tree, and the types of all its parts. */
  readonly root: Expr;
  readonly checked: CheckedExpression;
  /** Whether it holds. What has no value, such as a label that is not there, counts as false and is reported. */
  test(scope: FactsScope, onFailure?: (reason: string) => void): boolean;
}

/** Compiles a CEL condition over Facts, or tells everything that is wrong with it. */
export function compileCondition(
  text: string,
): Condition | { readonly problems: readonly ConditionProblem[] } {
  if (text.length > maximumExpressionLength) {
    return {
      problems: [
        {
          line: 1,
          message: `has ${text.length} characters; at most ${maximumExpressionLength} are accepted`,
        },
      ],
    };
  }
  const parsed = parseExpression(text);
  if ("mistake" in parsed) return { problems: [{ line: parsed.line, message: parsed.mistake }] };
  const { root } = parsed;
  const size = measureExpression(root);
  if (size.depth > maximumDepth) return { problems: [{ line: 1, message: "is nested too deeply" }] };
  if (size.macros > maximumMacros) {
    const message = `all, exists, filter and map stand within each other more than ${maximumMacros} deep`;
    return { problems: [{ line: 1, message }] };
  }
  const checked = checkExpression(root);
  const problems = checked.problems.map(({ node, message }) => ({ line: parsed.lineOf(node), message }));
  if (problems.length === 0 && checked.type.kind !== "bool") {
    problems.push({
      line: 1,
      message: `a condition must be true or false, but this is ${typeName(checked.type)}`,
    });
  }
  if (problems.length > 0) return { problems };
  const matchers = collectMatchers(root);
  return createCondition(root, checked, matchers);
}

/** Far more than anybody can read, and far less than the call stack holds. */
const maximumDepth = 200;
/** Each level multiplies the time of an evaluation by the length of a list. */
const maximumMacros = 2;

/** Facts for conditions to look at. */
export function createFactsScope(facts: Facts): FactsScope {
  let variables: Record<string, unknown> | undefined;
  return {
    facts,
    variables() {
      variables ??= celVariables(facts);
      return variables;
    },
  };
}

function createCondition(
  root: Expr,
  checked: CheckedExpression,
  matchers: ReadonlyMap<string, Matcher>,
): Condition {
  const fast: Closure = compileExpression(root, { typeOf: checked.typeOf, matchers });
  let program: CelProgram | undefined;
  const askLibrary = (scope: FactsScope) => {
    program ??= planExpression(replacePresenceTests(root, checked.typeOf), matchers);
    return program(scope.variables());
  };
  return {
    root,
    checked,
    test(scope, onFailure) {
      const result = fast(scope.facts);
      if (result === true || result === false) return result;
      if (result === failed && !onFailure) return false;
      const outcome = askLibrary(scope);
      if ("failure" in outcome) {
        onFailure?.(outcome.failure);
        return false;
      }
      return outcome.value === true;
    },
  };
}

/** Every pattern of matches(), compiled once. */
function collectMatchers(root: Expr): ReadonlyMap<string, Matcher> {
  const matchers = new Map<string, Matcher>();
  for (const node of walkExpression(root)) {
    if (node.exprKind.case !== "callExpr" || node.exprKind.value.function !== "matches") continue;
    const pattern = constantText(node.exprKind.value.args[0]);
    if (pattern !== undefined) matchers.set(pattern, compileMatcher(pattern));
  }
  return matchers;
}
