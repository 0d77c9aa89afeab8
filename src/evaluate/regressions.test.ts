import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { someResult } from "../../test/evaluate/some-result.ts";
import { compareRuns } from "./regressions.ts";
import type { Result } from "./results.ts";
import { failureModes, frontier, summarizeCandidate } from "./summarize.ts";

const runOf = (run: string, statuses: Record<string, Result["status"]>): Result[] =>
  Object.entries(statuses).map(([scenario, status]) => someResult({ run, scenario, status }));

describe("comparing runs", () => {
  it("tells what became worse and what became better than in the last run", () => {
    const first = runOf("1", { a: "failed", b: "passed", c: "passed", d: "passed" });
    const second = runOf("2", { a: "passed", b: "passed", c: "passed", d: "error" });
    const third = runOf("3", { a: "failed", b: "passed", c: "failed", d: "failed", e: "passed" });
    const comparison = compareRuns(third, [...first, ...second, ...third]);
    expect(comparison.compared).toBe(4);
    // `d` broke on the way in the second run: the first one is the last that knows.
    expect(comparison.regressions.map(({ scenario }) => scenario)).toEqual(["a", "c", "d"]);
    expect(comparison.improvements).toEqual([]);
    expect(comparison.probabilityByChance).toBeCloseTo(0.25, 10);
  });

  it("finds nothing between a run and itself, whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("passed", "failed", "error", "skipped")),
        ),
        (cells) => {
          const results = cells.map(([scenario, status], repetition) =>
            someResult({ scenario, status: status as Result["status"], repetition }),
          );
          const earlier = results.map((result) => ({ ...result, run: "0" }));
          const { regressions, improvements, probabilityByChance } = compareRuns(results, earlier);
          expect([regressions, improvements, probabilityByChance]).toEqual([[], [], 1]);
        },
      ),
    );
  });
});

describe("summing up", () => {
  it("counts, prices and times a candidate's answers", () => {
    const results = [
      someResult({ scenario: "a", cost: 0.01, latency_ms: 100 }),
      someResult({
        scenario: "b",
        cost: 0.02,
        latency_ms: 300,
        status: "failed",
        failures: [{ kind: "regex", message: "" }],
      }),
      someResult({
        scenario: "c",
        latency_ms: 0,
        cost: 0,
        status: "error",
        failures: [{ kind: "deadline", message: "" }],
      }),
      someResult({ scenario: "d", latency_ms: 0, cost: 0, status: "skipped" }),
    ];
    const summary = summarizeCandidate("one", results);
    expect(summary).toMatchObject({ passed: 1, failed: 1, errors: 1, skipped: 1, p50Ms: 100, p95Ms: 300 });
    expect(summary.passRate).toBeCloseTo(1 / 3, 10);
    expect(summary.costPerSuccess).toBeCloseTo(0.03, 10);
    expect(failureModes(results).map(({ kind, count }) => [kind, count])).toEqual([
      ["deadline", 1],
      ["regex", 1],
    ]);
  });

  it("gives repetitions of one scenario no more weight in the interval than the scenario has", () => {
    const once = ["a", "b", "c"].map((scenario) => someResult({ scenario }));
    const often = once.flatMap((result) => [0, 1, 2, 3].map((repetition) => ({ ...result, repetition })));
    expect(summarizeCandidate("one", often).interval).toEqual(summarizeCandidate("one", once).interval);
  });

  it("puts nobody on the frontier whom another beats in cost and quality", () => {
    const candidate = (name: string, cost: number, rate: number) => ({
      ...summarizeCandidate(name, []),
      passed: rate * 100,
      failed: 100 - rate * 100,
      passRate: rate,
      cost,
    });
    const all = [
      candidate("dear", 9, 0.8),
      candidate("best", 5, 0.9),
      candidate("cheap", 1, 0.5),
      candidate("bad", 2, 0.4),
    ];
    expect(frontier(all).map(({ name }) => name)).toEqual(["cheap", "best"]);
  });
});
