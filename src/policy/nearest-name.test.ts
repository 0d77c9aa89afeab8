import { describe, expect, it } from "vitest";
import { nameHint, nearestName } from "./nearest-name.ts";

describe("nearestName", () => {
  const known = ["success_value", "failure_cost", "latency_cost", "code_generation", "translation"];

  it.each([
    ["sucess_value", "success_value"],
    ["failureCost", "failure_cost"],
    ["latnecy-cost", "latency_cost"],
    ["coding", "code_generation"],
    ["translate", "translation"],
  ])("finds what %s stands for", (name, expected) => {
    expect(nearestName(name, known)).toBe(expected);
  });

  it.each(["", "x", "pizza", "cost"])("does not guess at %j", (name) => {
    expect(nearestName(name, known)).toBeUndefined();
  });

  it("takes no longer for a very long name", () => {
    const started = performance.now();
    nearestName("y".repeat(1_000_000), known);
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});

describe("nameHint", () => {
  it("offers the nearest name, or all of few names, or some of many", () => {
    expect(nameHint("tols", ["tools", "images"])).toBe('; did you mean "tools"?');
    expect(nameHint("zzz", ["tools", "images"])).toBe("; known: tools, images");
    expect(nameHint("zzz", [])).toBe("; there are none");
    const many = Array.from({ length: 30 }, (_, index) => `name${index}`);
    expect(nameHint("zzz", many)).toMatch(/name23 and 6 more$/);
  });
});
