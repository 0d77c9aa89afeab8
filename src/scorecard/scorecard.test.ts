import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { type Target, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { curveFor, latencyFor, outputFor } from "./lookup.ts";
import { createScorecard, type ScorecardStore } from "./scorecard.ts";
import { formatScorecard, parseScorecard } from "./scorecard-file.ts";
import { contentHash } from "./snapshot.ts";
import { successProbability } from "./success-probability.ts";
import { TASKS } from "./tasks.ts";

const DAY = 86_400_000;

function target(id: string, strength: number): Target {
  return create(TargetSchema, { id, prior: { strength, taskStrengths: { math_reasoning: strength - 0.2 } } });
}

/** A store whose clock is moved by hand. */
function storeOf(...targets: Target[]): { store: ScorecardStore; pass(milliseconds: number): void } {
  let elapsed = 0;
  const clock = { now: () => 1_800_000_000_000 + elapsed, monotonic: () => elapsed };
  return {
    store: createScorecard({ targets, clock }),
    pass: (milliseconds) => {
      elapsed += milliseconds;
    },
  };
}

function probability(store: ScorecardStore, id: string, task: Task, difficulty: number): number {
  const curve = curveFor(store.current(), id, task);
  return successProbability(curve!, difficulty);
}

describe("a scorecard before any outcome", () => {
  it("succeeds half of the time at the target's strength, task by task", () => {
    const { store } = storeOf(target("large", 0.9));
    expect(probability(store, "large", Task.CHAT, 0.9)).toBeCloseTo(0.5, 10);
    expect(probability(store, "large", Task.MATH_REASONING, 0.7)).toBeCloseTo(0.5, 10);
    expect(curveFor(store.current(), "large", Task.CHAT)).toMatchObject({
      slope: 6,
      effectiveSampleCount: 0,
    });
  });

  it("holds every target at every task, sorted, and the assumed latency and output", () => {
    const { store } = storeOf(target("b", 0.5), target("a", 0.5));
    const scorecard = store.current();
    expect(scorecard.curves.map((curve) => curve.targetId)).toEqual([
      ...TASKS.map(() => "a"),
      ...TASKS.map(() => "b"),
    ]);
    const latency = latencyFor(scorecard, "a");
    expect(latency?.timeToFirstTokenP50).toBeCloseTo(0.8, 1);
    expect(latency?.timeToFirstTokenP95).toBeCloseTo(2, 0);
    expect(latency?.secondsPerToken).toBeCloseTo(1 / 60, 3);
    expect(outputFor(scorecard, Task.CLASSIFICATION)?.tokens).toBe(20);
  });

  it("knows nothing of others, and takes an unknown task for other", () => {
    const { store } = storeOf(target("a", 0.5));
    expect(curveFor(store.current(), "b", Task.CHAT)).toBeUndefined();
    expect(curveFor(store.current(), "a", Task.UNSPECIFIED)?.task).toBe(Task.OTHER);
    expect(store.successEstimates("b")).toEqual([]);
  });
});

describe("learning from outcomes", () => {
  it("moves p to what is observed, and says on how much it rests", () => {
    const { store, pass } = storeOf(target("a", 0.5));
    for (let index = 0; index < 100; index++)
      store.observeOutcome({
        targetId: "a",
        task: Task.CHAT,
        difficulty: 0.5,
        success: index % 10 !== 0,
        time: 0,
      });
    pass(1_000);
    expect(probability(store, "a", Task.CHAT, 0.5)).toBeCloseTo(0.9, 1);
    expect(curveFor(store.current(), "a", Task.CHAT)?.effectiveSampleCount).toBe(100);
    expect(probability(store, "a", Task.EXTRACTION, 0.5)).toBeCloseTo(0.5, 10);
  });

  it("finds the true curve, and its 90 % interval holds the truth about nine times in ten", () => {
    const truth = { intercept: 3.2, slope: 5 };
    const next = generator(7);
    let held = 0;
    for (let run = 0; run < 200; run++) {
      const { store } = storeOf(target("a", 0.6));
      for (let index = 0; index < 150; index++) {
        const difficulty = next();
        const success = next() < successProbability(truth, difficulty);
        store.observeOutcome({ targetId: "a", task: Task.CHAT, difficulty, success, time: 0 });
      }
      const estimate = store.successEstimates("a").find((one) => one.task === Task.CHAT)!;
      const wanted = successProbability(truth, 0.5);
      if (estimate.lower <= wanted && wanted <= estimate.upper) held++;
    }
    expect(held / 200).toBeGreaterThan(0.84);
    expect(held / 200).toBeLessThan(0.99);
  });

  it("forgets: after one half-life an outcome counts half", () => {
    const { store, pass } = storeOf(target("a", 0.5));
    for (let index = 0; index < 40; index++)
      store.observeOutcome({ targetId: "a", task: Task.CHAT, difficulty: 0.5, success: true, time: 0 });
    store.observeOutcome({
      targetId: "a",
      task: Task.CODE_GENERATION,
      difficulty: 0.5,
      success: true,
      time: 30 * DAY,
    });
    pass(1_000);
    expect(curveFor(store.current(), "a", Task.CHAT)?.effectiveSampleCount).toBe(20);
  });

  it("refuses what it cannot learn from", () => {
    const { store } = storeOf(target("a", 0.5));
    const good = { targetId: "a", task: Task.CHAT, difficulty: 0.5, success: true, time: 0 };
    expect(store.observeOutcome(good)).toBe(true);
    expect(store.observeOutcome({ ...good, targetId: "b" })).toBe(false);
    expect(store.observeOutcome({ ...good, difficulty: Number.NaN })).toBe(false);
    expect(store.observeOutcome({ ...good, success: 1.5 })).toBe(false);
    expect(store.observeOutcome({ ...good, weight: 0 })).toBe(false);
    expect(
      store.observeLatency({ targetId: "a", timeToFirstTokenMs: 5, outputTokens: 1, durationMs: 4 }),
    ).toBe(false);
    expect(store.observeOutput({ task: Task.CHAT, tokens: -1 })).toBe(false);
  });

  it("never lets a target improve with difficulty, whatever the outcomes", () => {
    const outcome = fc.record({
      difficulty: fc.double({ min: 0, max: 1, noNaN: true }),
      success: fc.oneof(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true })),
      time: fc.integer({ min: 0, max: 400 * DAY }),
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 60 }), (outcomes) => {
        const { store } = storeOf(target("a", 0.5));
        for (const one of outcomes) store.observeOutcome({ targetId: "a", task: Task.CHAT, ...one });
        const ladder = [0, 0.25, 0.5, 0.75, 1].map((at) => probability(store, "a", Task.CHAT, at));
        for (let index = 1; index < ladder.length; index++)
          expect(ladder[index]!).toBeLessThan(ladder[index - 1]!);
        for (const p of ladder) expect(p > 0 && p < 1).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("snapshots", () => {
  it("are the same for the same sequence, however often they are asked for", () => {
    const play = (askEvery: number): string => {
      const { store, pass } = storeOf(target("a", 0.5), target("b", 0.7));
      const next = generator(3);
      for (let index = 0; index < 400; index++) {
        const time = index * DAY * 0.2;
        const targetId = next() < 0.5 ? "a" : "b";
        store.observeOutcome({ targetId, task: Task.CHAT, difficulty: next(), success: next() < 0.6, time });
        store.observeLatency({
          targetId,
          timeToFirstTokenMs: 900 * next(),
          outputTokens: 9,
          durationMs: 2_000,
          time,
        });
        if (index % askEvery === 0) store.current();
        pass(1_000);
      }
      return store.current().revision;
    };
    expect(play(1)).toBe(play(7));
    expect(play(1)).toBe(play(1_000));
  });

  it("are frozen, named by their content and made at most once a refresh", () => {
    const { store, pass } = storeOf(target("a", 0.5));
    const first = store.current();
    expect(Object.isFrozen(first) && Object.isFrozen(first.curves) && Object.isFrozen(first.curves[0])).toBe(
      true,
    );
    expect(first.revision).toBe(contentHash(first));
    store.observeOutcome({ targetId: "a", task: Task.CHAT, difficulty: 0.5, success: false, time: 0 });
    expect(store.current()).toBe(first);
    pass(1_000);
    expect(store.current().revision).not.toBe(first.revision);
  });

  it("stay the same object under steady traffic", () => {
    const { store, pass } = storeOf(target("a", 0.5));
    const seen = new Set<string>();
    for (let index = 0; index < 3_000; index++) {
      const time = index * 10;
      store.observeLatency({
        targetId: "a",
        timeToFirstTokenMs: 400,
        outputTokens: 100,
        durationMs: 2_400,
        time,
      });
      store.observeOutput({ task: Task.CHAT, tokens: 100, time });
      pass(1_000);
      if (index >= 2_000) seen.add(store.current().revision);
    }
    expect(seen.size).toBe(1);
  });

  it("survive the way through a file, and a changed file is found out", () => {
    const { store } = storeOf(target("a", 0.5));
    const text = formatScorecard(store.current());
    expect(parseScorecard(text).revision).toBe(store.current().revision);
    expect(() => parseScorecard(text.replace('"slope": 6', '"slope": 7'))).toThrow(/revision/);
    expect(() => parseScorecard("[]")).toThrow(/Not a scorecard/);
  });
});

describe("starting from an evaluation", () => {
  it("takes its curves over, decays them, and does not count them twice", () => {
    const { store: evaluated } = storeOf(target("a", 0.5));
    for (let index = 0; index < 80; index++)
      evaluated.observeOutcome({
        targetId: "a",
        task: Task.CHAT,
        difficulty: (index % 10) / 10,
        success: true,
        time: 0,
      });
    const { store, pass } = storeOf(target("a", 0.5));
    store.load(evaluated.current(), 0);
    store.load(evaluated.current(), 0);
    pass(1_000);
    const curve = curveFor(store.current(), "a", Task.CHAT)!;
    expect(curve.effectiveSampleCount).toBe(80);
    const wanted = probability(evaluated, "a", Task.CHAT, 0.5);
    expect(successProbability(curve, 0.5)).toBeCloseTo(wanted, 1);
  });

  it("keeps what was learned of targets that stay in the catalogue", () => {
    const { store, pass } = storeOf(target("a", 0.5), target("b", 0.5));
    for (const targetId of ["a", "b"])
      store.observeOutcome({ targetId, task: Task.CHAT, difficulty: 0.5, success: true, time: 0 });
    store.setTargets([target("a", 0.6), target("c", 0.4)]);
    pass(1_000);
    expect(curveFor(store.current(), "a", Task.CHAT)?.effectiveSampleCount).toBe(1);
    expect(curveFor(store.current(), "b", Task.CHAT)).toBeUndefined();
    expect(curveFor(store.current(), "c", Task.CHAT)?.effectiveSampleCount).toBe(0);
  });
});

/** Reproducible randomness, 0 up to but not including 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
