import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { LatencyProfileSchema } from "#gen/pointsman/v1/scorecard_pb.ts";
import { TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { assumedLatency } from "./assumed.ts";
import { createLatencyTracker, createOutputTracker } from "./call-trackers.ts";
import { completeSettings } from "./settings.ts";

const HOUR = 3_600_000;
const settings = completeSettings();
const assumed = assumedLatency(create(TargetSchema, { id: "a" }));

describe("a latency tracker", () => {
  it("starts at what is assumed and ends at what is observed", () => {
    const tracker = createLatencyTracker(assumed, settings);
    expect(tracker.profile()).toMatchObject({ sampleCount: 0 });
    expect(tracker.profile().timeToFirstTokenP50).toBeCloseTo(0.8, 1);
    for (let index = 0; index < 400; index++)
      tracker.observe({ firstToken: index % 10 === 0 ? 3 : 0.2, tokens: 100, generation: 2, time: index });
    const profile = tracker.profile();
    expect(profile.timeToFirstTokenP50).toBeCloseTo(0.2, 1);
    expect(profile.timeToFirstTokenP95).toBeCloseTo(3, 0);
    expect(profile.secondsPerToken).toBeCloseTo(0.02, 3);
    expect(profile.sampleCount).toBe(400);
  });

  it("follows a target that becomes slow within one half-life, and within some hundred calls at once", () => {
    const tracker = createLatencyTracker(assumed, settings);
    for (let index = 0; index < 5_000; index++)
      tracker.observe({ firstToken: 0.2, tokens: 1, generation: 0, time: 0 });
    expect(tracker.profile().sampleCount).toBe(settings.maxCalls);
    for (let index = 0; index < 360; index++)
      tracker.observe({ firstToken: 2, tokens: 1, generation: 0, time: 0 });
    expect(tracker.profile().timeToFirstTokenP50).toBeCloseTo(2, 0);
    for (let index = 0; index < 300; index++)
      tracker.observe({ firstToken: 0.5, tokens: 1, generation: 0, time: 3 * HOUR });
    expect(tracker.profile().timeToFirstTokenP95).toBeLessThan(2.2);
    expect(tracker.profile().timeToFirstTokenP50).toBeCloseTo(0.5, 1);
  });

  it("lets an evaluation of many calls weigh as much as these calls", () => {
    const tracker = createLatencyTracker(assumed, settings);
    tracker.assume(
      create(LatencyProfileSchema, {
        targetId: "a",
        timeToFirstTokenP50: 1,
        timeToFirstTokenP95: 2,
        secondsPerToken: 0.01,
        sampleCount: 300,
      }),
    );
    for (let index = 0; index < 20; index++)
      tracker.observe({ firstToken: 9, tokens: 10, generation: 1, time: 0 });
    expect(tracker.profile().timeToFirstTokenP50).toBeCloseTo(1, 0);
    expect(tracker.profile().sampleCount).toBe(320);
  });
});

describe("an output tracker", () => {
  it("moves from the assumption to the mean of what is observed", () => {
    const tracker = createOutputTracker(Task.CLASSIFICATION, settings);
    expect(tracker.prediction()).toMatchObject({ tokens: 20, sampleCount: 0 });
    for (let index = 0; index < 5; index++) tracker.observe(100, 0);
    expect(tracker.prediction()).toMatchObject({ tokens: 60, sampleCount: 5 });
    for (let index = 0; index < 10_000; index++) tracker.observe(100, 0);
    expect(tracker.prediction().tokens).toBeGreaterThan(99);
    expect(tracker.prediction().sampleCount).toBe(settings.maxCalls);
  });
});
