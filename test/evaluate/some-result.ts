import type { Result } from "../../src/evaluate/results.ts";

/** A result for tests: passed, unless it says otherwise. */
export function someResult(given: Partial<Result>): Result {
  return {
    run: "9",
    cell: `${given.scenario}-${given.candidate}-${given.repetition}`,
    scenario: "a",
    candidate: "one",
    repetition: 0,
    status: "passed",
    failures: [],
    target: "one",
    task: "open_qa",
    difficulty: 0.5,
    cost: 0.001,
    judge_cost: 0,
    latency_ms: 100,
    first_token_ms: 40,
    output_tokens: 20,
    answer: "An answer.",
    decision: "",
    time: "2026-01-01T00:00:00.000Z",
    ...given,
  };
}
