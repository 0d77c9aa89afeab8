import { expect, it } from "vitest";
import { createShadowBudget, holdShadow } from "./shadow-budget.ts";

const call = { targetId: "t", day: 1, worstMicros: 60, mostMicros: 100 };

it("holds the worst case until it is settled, and starts anew each day", () => {
  const budget = createShadowBudget();
  const settle = holdShadow(budget, call);
  expect(budget.underway).toBe(1);
  expect(holdShadow(budget, call)).toBeUndefined();
  expect(holdShadow(budget, { ...call, targetId: "other" })).toBeDefined();
  settle?.(40);
  expect(holdShadow(budget, call)).toBeDefined();
  expect(holdShadow(budget, { ...call, worstMicros: 1 })).toBeUndefined();
  expect(holdShadow(budget, { ...call, day: 2 })).toBeDefined();
});
