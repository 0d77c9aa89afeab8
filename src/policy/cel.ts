import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { RE2JS } from "@bufbuild/re2";

/** A node of an expression's syntax tree, as the library parses it. */
export type Expr = ReturnType<typeof parse>["expr"];

/** A parsed expression and where its nodes stand in the text. */
export interface ParsedExpression {
  readonly root: Expr;
  /** Line from 1 of a node; 1 where it is not known. */
  lineOf(node: Expr): number;
}

/** What the library gives for an expression: a plain value, or the reason why there is none. */
type CelOutcome = { readonly value: unknown } | { readonly failure: string };

/** Runs an expression over variables in the library's own form. */
export type CelProgram = (variables: Record<string, unknown>) => CelOutcome;

/** A regular expression in RE2 syntax; time grows with the text and never explodes. */
export interface Matcher {
  test(text: string): boolean;
}

/** The longest regular expression that is accepted, in characters. */
const maximumPatternLength = 1000;

/** Parses CEL text; the mistake's place and sentence where it is none. */
export function parseExpression(
  text: string,
): ParsedExpression | { readonly mistake: string; readonly line: number } {
  try {
    const { expr, sourceInfo } = parse(text);
    const positions = sourceInfo?.positions ?? {};
    return {
      root: expr,
      lineOf: (node) => text.slice(0, positions[node.id.toString()] ?? 0).split("\n").length,
    };
  } catch (error) {
    return describeSyntaxError(error, text);
  }
}

/** Compiles a regular expression; throws where it is none. */
export function compileMatcher(pattern: string): Matcher {
  if (pattern.length > maximumPatternLength) {
    throw new RangeError(`has ${pattern.length} characters; at most ${maximumPatternLength} are accepted`);
  }
  return RE2JS.compile(pattern);
}

/** Plans an expression on the library. `matchers` holds every pattern that occurs in it. */
export function planExpression(root: Expr, matchers: ReadonlyMap<string, Matcher>): CelProgram {
  // The library would compile each pattern anew at every evaluation.
  const environment = celEnv({
    re2: { compile: (pattern) => matchers.get(pattern) ?? compileMatcher(pattern) },
  });
  const run = plan(environment, root);
  return (variables) => {
    const result = run(variables as Parameters<typeof run>[0]);
    return isCelError(result) ? { failure: result.message } : { value: result };
  };
}

/** The largest expression, in characters. */
export const maximumExpressionLength = 4000;

function describeSyntaxError(error: unknown, text: string): { mistake: string; line: number } {
  const { found, location } = error as {
    found?: unknown;
    location?: { start: { line: number; column: number; offset: number } };
  };
  // The parser recurses; what overflows it is nested thousands deep.
  if (error instanceof RangeError) return { mistake: "is nested too deeply", line: 1 };
  if (!location) return { mistake: error instanceof Error ? error.message : "is not CEL", line: 1 };
  const { line, column, offset } = location.start;
  const rest = text.slice(offset).split("\n")[0]!.trim();
  const shown = rest === "" ? "at the end" : `at "${rest.length > 24 ? `${rest.slice(0, 24)}...` : rest}"`;
  return { mistake: `is not CEL ${shown} (column ${column})${syntaxHint(rest, found)}`, line };
}

/** What people mean when they write other languages' operators. */
function syntaxHint(rest: string, found: unknown): string {
  if (/^=(?!=)/.test(rest)) return '; write "==" to compare';
  if (/^&(?!&)/.test(rest) || /^and\b/i.test(rest)) return '; write "&&" for and';
  if (/^\|(?!\|)/.test(rest) || /^or\b/i.test(rest)) return '; write "||" for or';
  if (/^(<>|~=)/.test(rest)) return '; write "!=" for not equal, and .matches() for patterns';
  if (/^(not|is)\b/i.test(rest)) return '; write "!" for not';
  if (/^(&&|\|\||==|!=|<|>)/.test(rest)) return "; something is missing after this operator";
  return found === "" || found === null ? "; the expression is not complete" : "";
}
