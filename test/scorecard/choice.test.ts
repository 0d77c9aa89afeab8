import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { Candidate, Decision } from "#gen/pointsman/v1/decision_pb.ts";
import { FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { PolicySchema } from "#gen/pointsman/v1/policy_pb.ts";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { type Target, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { createCatalogue } from "../../src/engine/catalogue.ts";
import { decide } from "../../src/engine/decide.ts";
import { compilePolicy } from "../../src/policy/compile-policy.ts";
import { curveFor } from "../../src/scorecard/lookup.ts";
import { createScorecard, type ScorecardStore } from "../../src/scorecard/scorecard.ts";
import { successProbability } from "../../src/scorecard/success-probability.ts";
import type { DriftAlarm } from "../../src/scorecard/success-tracker.ts";

/** The number of failure reports within which a target loses a task that it was good at: what the guide promises. */
const LOST_WITHIN = 15;
const MINUTE = 60_000;
const STAKES = { successValue: 0.01, failureCost: 0.005, latencyCost: 0, noAnswerValue: -1 };
const TARGETS: Target[] = [
  create(TargetSchema, { id: "large", price: { input: 2, output: 6 }, prior: { strength: 0.95 } }),
  create(TargetSchema, { id: "small", price: { input: 0.1, output: 0.4 }, prior: { strength: 0.8 } }),
];

function createWorld(explore?: { share: number; maxExtraCost?: number; minSamples?: number }) {
  let elapsed = 0;
  const clock = { now: () => 1_800_000_000_000 + elapsed, monotonic: () => elapsed };
  const alarms: DriftAlarm[] = [];
  const store = createScorecard({ targets: TARGETS, clock, onDrift: (alarm) => alarms.push(alarm) });
  const rule = { id: "all", stakes: STAKES, ...(explore && { explore }) };
  const policy = compilePolicy(create(PolicySchema, { name: "test", rules: [rule] }), {
    targets: TARGETS,
    collections: [],
    effects: new Set(["stakes", "explore"]),
    kinds: [],
  });
  if (policy.policy === undefined) throw new Error(JSON.stringify(policy.issues));
  const compiled = policy.policy;
  const catalogue = createCatalogue(TARGETS);
  return {
    store,
    alarms,
    report(targetId: string, task: Task, difficulty: number, success: boolean): void {
      elapsed += MINUTE;
      store.observeOutcome({ targetId, task, difficulty, success, time: clock.now() });
    },
    choose(task: Task, difficulty: number, draw = 0.99): Decision {
      const facts = create(FactsSchema, {
        caller: { tenant: "local" },
        task,
        taskConfidence: 1,
        difficulty,
        difficultyConfidence: 1,
        inputTokens: 500,
        predictedOutputTokens: 200,
        budget: { remaining: Number.POSITIVE_INFINITY, remainingShare: 1 },
        draw,
      });
      return decide(facts, compiled, catalogue, store.current(), { id: "1", createTime: 0, requestId: "" });
    },
  };
}

function first(decision: Decision): Candidate {
  return decision.candidates[0]!;
}

function probability(store: ScorecardStore, id: string, task: Task, difficulty: number): number {
  return successProbability(curveFor(store.current(), id, task)!, difficulty);
}

describe("outcomes move choices as the formula says", () => {
  it("gives easy work to the cheap target and hard work to the strong one, before anything is measured", () => {
    const world = createWorld();
    expect(first(world.choose(Task.OPEN_QA, 0.1)).targetId).toBe("small");
    expect(first(world.choose(Task.OPEN_QA, 0.9)).targetId).toBe("large");
  });

  it("shows in the decision the very p of the curve, and a value that a person can check", () => {
    const world = createWorld();
    for (let index = 0; index < 30; index++) world.report("small", Task.OPEN_QA, 0.3, index % 3 !== 0);
    for (const candidate of world.choose(Task.OPEN_QA, 0.4).candidates) {
      const p = probability(world.store, candidate.targetId, Task.OPEN_QA, 0.4);
      expect(candidate.successProbability).toBeCloseTo(p, 6);
      expect(candidate.value).toBeCloseTo(p * 0.01 - (1 - p) * 0.005 - candidate.costTerm, 6);
    }
    const small = world.choose(Task.OPEN_QA, 0.4).candidates.find((one) => one.targetId === "small");
    expect(small?.effectiveSampleCount).toBe(30);
  });

  it("lets a target win the work at which it proves good, and no other work", () => {
    const world = createWorld();
    expect(first(world.choose(Task.CODE_GENERATION, 0.75)).targetId).toBe("large");
    for (let index = 0; index < 60; index++) world.report("small", Task.CODE_GENERATION, 0.75, true);
    expect(first(world.choose(Task.CODE_GENERATION, 0.75)).targetId).toBe("small");
    expect(first(world.choose(Task.MATH_REASONING, 0.75)).targetId).toBe("large");
  });

  it.each([0, 20, 200, 5_000])(
    `takes a task away within ${LOST_WITHIN} failures from a target with %i successes behind it, and raises an alarm`,
    (successes) => {
      const world = createWorld();
      for (let index = 0; index < successes; index++)
        world.report("small", Task.EXTRACTION, (index % 10) / 20, index % 25 !== 24);
      expect(first(world.choose(Task.EXTRACTION, 0.2)).targetId).toBe("small");
      let reports = 0;
      while (first(world.choose(Task.EXTRACTION, 0.2)).targetId === "small" && reports < 100) {
        world.report("small", Task.EXTRACTION, 0.2, false);
        reports++;
      }
      expect(reports).toBeLessThanOrEqual(LOST_WITHIN);
      expect(first(world.choose(Task.CHAT, 0.1)).targetId).toBe("small");
      if (successes < 200) return;
      expect(world.alarms).toMatchObject([{ targetId: "small", task: Task.EXTRACTION, direction: "worse" }]);
    },
  );

  it("gives the task back when the target has recovered", () => {
    const world = createWorld();
    for (let index = 0; index < 200; index++) world.report("small", Task.EXTRACTION, 0.2, true);
    for (let index = 0; index < 30; index++) world.report("small", Task.EXTRACTION, 0.2, false);
    expect(first(world.choose(Task.EXTRACTION, 0.2)).targetId).toBe("large");
    for (let index = 0; index < 200; index++) world.report("small", Task.EXTRACTION, 0.2, true);
    expect(first(world.choose(Task.EXTRACTION, 0.2)).targetId).toBe("small");
  });

  it("can be rebuilt from history: the same decisions under the same revision", () => {
    const [first_, second] = [createWorld(), createWorld()];
    for (const world of [first_, second]) {
      for (let index = 0; index < 300; index++)
        world.report(index % 2 === 0 ? "large" : "small", Task.OPEN_QA, (index % 7) / 7, index % 5 !== 0);
    }
    expect(second.store.current().revision).toBe(first_.store.current().revision);
    expect(second.choose(Task.OPEN_QA, 0.5)).toEqual(first_.choose(Task.OPEN_QA, 0.5));
  });
});

describe("exploration", () => {
  it("has a new target measured, marks the choice, and ends when enough is known", () => {
    const world = createWorld({ share: 0.1, maxExtraCost: 0.02, minSamples: 30 });
    const usual = first(world.choose(Task.OPEN_QA, 0.2, 0.5));
    const explored = first(world.choose(Task.OPEN_QA, 0.2, 0.05));
    expect(explored.targetId).not.toBe(usual.targetId);
    expect([usual.explored, explored.explored]).toEqual([false, true]);
    for (let index = 0; index < 40; index++)
      world.report(explored.targetId, Task.OPEN_QA, 0.2, index % 2 === 0);
    expect(first(world.choose(Task.OPEN_QA, 0.2, 0.05)).explored).toBe(false);
  });

  it("never gives up more than policy allows", () => {
    const world = createWorld({ share: 0.5, maxExtraCost: 0.000001, minSamples: 30 });
    expect(first(world.choose(Task.OPEN_QA, 0.2, 0.01)).explored).toBe(false);
  });
});
