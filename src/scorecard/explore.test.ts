import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, CandidateSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { ExploreSchema } from "#gen/pointsman/v1/policy_pb.ts";
import { explorationPick } from "./explore.ts";

const candidate = (targetId: string, value: number, effectiveSampleCount: number): Candidate =>
  create(CandidateSchema, { targetId, value, effectiveSampleCount });
const candidates = [
  candidate("best", 0.01, 200),
  candidate("known", 0.0098, 60),
  candidate("new", 0.0095, 0),
  candidate("newish", 0.0094, 40),
  candidate("bad", 0.002, 0),
];

describe("exploration", () => {
  it("sends a share of traffic to targets that are not known well enough, the less known the more", () => {
    const effect = create(ExploreSchema, { share: 0.1 });
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 1; draw += 0.0001) {
      const id = explorationPick(candidates, draw, effect)?.targetId ?? "none";
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(counts.get("none")).toBeCloseTo(9_000, -1);
    // 50 outcomes are missing of one and 10 of the other.
    expect(counts.get("new")! / counts.get("newish")!).toBeCloseTo(5, 1);
    expect([...counts.keys()].sort()).toEqual(["new", "newish", "none"]);
  });

  it("never explores what is known, costs too much or stands first, and never without candidates", () => {
    const any = fc.record({
      value: fc.double({ min: -0.02, max: 0.02, noNaN: true }),
      samples: fc.integer({ min: 0, max: 100 }),
    });
    const settings = fc.record({
      share: fc.double({ min: 0, max: 0.5, noNaN: true }),
      maxExtraCost: fc.double({ min: 0, max: 0.01, noNaN: true }),
      minSamples: fc.integer({ min: 0, max: 100 }),
    });
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), settings, draws, (values, { share, ...limits }, draw) => {
        const ordered = values
          .map(({ value, samples }, index) => candidate(`t${index}`, value, samples))
          .sort((a, b) => b.value - a.value);
        const effect = create(ExploreSchema, { share, ...limits });
        const pick = explorationPick(ordered, draw, effect);
        expect(explorationPick(ordered, draw, effect)).toBe(pick);
        if (pick === undefined) return;
        expect(draw).toBeLessThan(share);
        expect(ordered.indexOf(pick)).toBeGreaterThan(0);
        expect(pick.effectiveSampleCount).toBeLessThan(limits.minSamples);
        expect(ordered[0]!.value - pick.value).toBeLessThanOrEqual(limits.maxExtraCost);
      }),
    );
  });
});
