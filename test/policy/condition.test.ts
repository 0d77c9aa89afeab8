import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileMatcher, parseExpression, planExpression } from "../../src/policy/cel.ts";
import { celVariables, replacePresenceTests } from "../../src/policy/cel-context.ts";
import { checkExpression } from "../../src/policy/check-expression.ts";
import { failed, unsure } from "../../src/policy/closures.ts";
import { compileExpression } from "../../src/policy/compile-expression.ts";
import { compileCondition, createFactsScope } from "../../src/policy/condition.ts";
import { alternativesOf, isAlways, whyImpossible } from "../../src/policy/satisfiability.ts";
import { arbitraryCondition, arbitraryFacts } from "./arbitraries.ts";

const runs = Number(process.env.PROPERTY_RUNS ?? 500);

function bothWays(text: string) {
  const parsed = parseExpression(text);
  if ("mistake" in parsed) throw new Error(`${text}: ${parsed.mistake}`);
  const checked = checkExpression(parsed.root);
  const matchers = new Map(
    ["^a.*e$", "x+", "", "(?i)CHAT", "ö"].map((pattern) => [pattern, compileMatcher(pattern)]),
  );
  return {
    checked,
    fast: compileExpression(parsed.root, { typeOf: checked.typeOf, matchers }),
    library: planExpression(replacePresenceTests(parsed.root, checked.typeOf), matchers),
  };
}

describe("conditions, by closures and by the library", () => {
  it("agree on all facts", () => {
    let decided = 0;
    let asked = 0;
    fc.assert(
      fc.property(
        arbitraryCondition,
        fc.array(arbitraryFacts, { minLength: 3, maxLength: 6 }),
        (text, samples) => {
          const { checked, fast, library } = bothWays(text);
          expect(checked.problems.map(({ message }) => message)).toEqual([]);
          for (const facts of samples) {
            const outcome = library(celVariables(facts));
            const result = fast(facts);
            asked++;
            if (result === unsure) continue;
            decided++;
            if (result === failed) expect(outcome).toHaveProperty("failure");
            else expect(outcome).toEqual({ value: result });
          }
        },
      ),
      { numRuns: runs },
    );
    // If closures gave up too often, this test would prove nothing.
    expect(decided / asked).toBeGreaterThan(0.6);
  });

  it("never holds where it is said to be impossible, and always where it is said to be certain", () => {
    let impossible = 0;
    let certain = 0;
    fc.assert(
      fc.property(
        arbitraryCondition,
        fc.array(arbitraryFacts, { minLength: 3, maxLength: 6 }),
        (text, samples) => {
          const condition = compileCondition(text);
          if ("problems" in condition) throw new Error(JSON.stringify(condition.problems));
          const never = whyImpossible(alternativesOf(condition, true)) !== undefined;
          const always = isAlways(condition);
          if (never) impossible++;
          if (always) certain++;
          for (const facts of samples) {
            const holds = condition.test(createFactsScope(facts));
            if (never) expect(holds).toBe(false);
            if (always) expect(holds).toBe(true);
          }
        },
      ),
      { numRuns: runs },
    );
    expect(impossible).toBeGreaterThan(0);
    expect(certain).toBeGreaterThan(0);
  });
});
