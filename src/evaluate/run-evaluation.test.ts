import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { PartSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteResponseSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import { someResult } from "../../test/evaluate/some-result.ts";
import type { Answer, Candidate } from "./candidate.ts";
import { planCells, settledCells } from "./plan.ts";
import { readScenarios } from "./read-scenarios.ts";
import { openResults, type Result, readResults } from "./results.ts";
import { runEvaluation } from "./run-evaluation.ts";
import { createSandbox } from "./sandbox.ts";

const signal = new AbortController().signal;

function answering(
  text: string,
  costMicros: number,
  state: CompletionState = CompletionState.COMPLETED,
): Answer {
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const parts = [create(PartSchema, { content: { case: "text", value: text } })];
    return create(RouteResponseSchema, {
      completion: create(CompletionSchema, { state, parts, costMicros, targetId: "one" }),
    });
  };
}

function candidate(answer: Answer, name = "one", fingerprint = "1"): Candidate {
  return { name, kind: "target", fingerprint, answer };
}

async function evaluate(
  yaml: string,
  candidates: readonly Candidate[],
  options: { budget?: number; concurrency?: number; judge?: Answer } = {},
): Promise<{ results: Result[]; spent: number; left: number }> {
  const results: Result[] = [];
  const ran = await runEvaluation(
    planCells(readScenarios(yaml, "file"), candidates),
    {
      run: "1",
      concurrency: options.concurrency ?? 2,
      budget: options.budget ?? 1,
      tools: {
        sandbox: createSandbox(),
        judgeOf: () => options.judge ?? answering("", 0),
        readError: (error) => ({
          verdict: (error as Error).message === "denied" ? "refused" : "error",
          kind: "thrown",
          message: (error as Error).message,
        }),
        timeoutMs: 60_000,
        now: () => 0,
      },
      onResult: (result) => results.push(result),
    },
    signal,
  );
  return { results, ...ran };
}

const many = (count: number): string =>
  `scenarios:\n${Array.from({ length: count }, (_, index) => `  - { id: s${index}, prompt: hi, expect: { contains: yes } }`).join("\n")}`;

describe("an evaluation", () => {
  it("spends no more than its budget once it knows what answers cost", async () => {
    const one = candidate(answering("yes", 100_000));
    const { results, spent, left } = await evaluate(many(30), [one], { budget: 1, concurrency: 3 });
    expect(spent).toBeCloseTo(1, 10);
    expect(results).toHaveLength(10);
    expect(left).toBe(20);
  });

  it("does nothing for nothing", async () => {
    expect(await evaluate(many(3), [candidate(answering("yes", 1))], { budget: 0 })).toMatchObject({
      spent: 0,
      left: 3,
    });
  });

  it("tells failures, refusals and what broke on the way apart", async () => {
    const yaml = `scenarios:
  - { id: plain, prompt: hi, expect: { contains: yes } }
  - { id: harmful, prompt: hi, expect: { refused: true } }`;
    const throwing =
      (message: string): Answer =>
      () =>
        Promise.reject(new Error(message));
    const statuses = async (answer: Answer): Promise<string[]> =>
      (await evaluate(yaml, [candidate(answer)], { concurrency: 1 })).results.map(({ status }) => status);
    expect(await statuses(answering("yes", 0))).toEqual(["passed", "failed"]);
    expect(await statuses(answering("", 0, CompletionState.REFUSED))).toEqual(["failed", "passed"]);
    expect(await statuses(throwing("denied"))).toEqual(["failed", "passed"]);
    expect(await statuses(throwing("away"))).toEqual(["error", "error"]);
    expect(await statuses(answering("yes", 0, CompletionState.FAILED))).toEqual(["failed", "failed"]);
  });

  it("takes the judge's word, pays for it, and learns nothing where it gives none", async () => {
    const yaml =
      "scenarios:\n  - { id: a, prompt: hi, expect: { judge: { target: j, rubric: Polite., min_score: 0.6 } } }";
    const judged = async (text: string): Promise<Result | undefined> =>
      (await evaluate(yaml, [candidate(answering("yes", 1))], { judge: answering(text, 7) })).results[0];
    expect(await judged('{"score": 0.8, "reason": "fine"}')).toMatchObject({
      status: "passed",
      judge_cost: 7e-6,
    });
    expect(await judged('```json\n{"score": 0.5, "reason": "curt"}\n```')).toMatchObject({
      status: "failed",
      failures: [{ kind: "judge", message: "scored 0.5 of the 0.6 needed: curt" }],
    });
    for (const nonsense of ["well", '{"score": 7}', "null"])
      expect(await judged(nonsense)).toMatchObject({ status: "error", judge_cost: 7e-6 });
  });
});

describe("results", () => {
  it("are kept from run to run, until the scenario or the candidate is another", async () => {
    const cells = planCells(readScenarios(many(2), "file"), [candidate(answering("", 0))]);
    const [first, second] = cells.map(({ id }) => id);
    const kept = [
      someResult({ cell: first!, status: "passed" }),
      someResult({ cell: second!, status: "error" }),
      someResult({ cell: "gone" }),
    ];
    expect([...settledCells(cells, kept).keys()]).toEqual([first]);
    const changed = planCells(readScenarios(many(2), "file"), [candidate(answering("", 0), "one", "2")]);
    expect(settledCells(changed, kept).size).toBe(0);
  });

  it("survive a run that was killed while it wrote, and a fresh start", () => {
    const folder = mkdtempSync(join(tmpdir(), "pointsman-results-"));
    try {
      const file = join(folder, "deep", "results.jsonl");
      openResults(file, undefined).append(someResult({ scenario: "a" }));
      writeFileSync(file, '{"run":"9","ce', { flag: "a" });
      openResults(file, undefined).append(someResult({ scenario: "b" }));
      expect(readResults(file).reusable.map(({ scenario }) => scenario)).toEqual(["a", "b"]);
      const fresh = openResults(file, "10");
      expect(fresh.history.reusable).toEqual([]);
      expect(fresh.history.results).toHaveLength(2);
      fresh.append(someResult({ scenario: "c", run: "10" }));
      expect(readResults(file).reusable.map(({ scenario }) => scenario)).toEqual(["c"]);
      writeFileSync(file, '{"something": "else"}\n', { flag: "a" });
      expect(() => readResults(file)).toThrow(/Line \d+ of .* is not a result/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
