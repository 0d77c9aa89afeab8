import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decision, DecisionSchema, ExclusionReason, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import { PolicySchema } from "#gen/pointsman/v1/policy_pb.ts";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { Capability, type Target, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { arbitraryFacts } from "../../test/policy/arbitraries.ts";
import { arbitrarySoundPolicy } from "../../test/policy/arbitrary-policy.ts";
import { EFFECTS } from "../build-world.ts";
import { compilePolicy } from "../policy/compile-policy.ts";
import type { CompiledPolicy } from "../policy/evaluation.ts";
import { allKinds } from "../privacy/kinds.ts";
import { createScorecard } from "../scorecard/scorecard.ts";
import { createCatalogue } from "./catalogue.ts";
import { decide } from "./decide.ts";
import { round } from "./value.ts";

const stamp = { id: "d-1", createTime: 1_700_000_000_000, requestId: "" };
const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };

/** Targets by the names that the arbitrary policies speak of, each of any price, window, place, ability and strength. */
const arbitraryTargets: fc.Arbitrary<Target[]> = fc.tuple(
  ...["docs", "large", "small"].map((id) =>
    fc
      .record({
        input: fc.constantFrom(0, 0.1, 3, 500),
        output: fc.constantFrom(0, 0.4, 15, 2_000),
        contextWindow: fc.constantFrom(0, 100, 200_000),
        maxOutputTokens: fc.constantFrom(0, 2, 4_096),
        capabilities: fc.subarray([Capability.TOOLS, Capability.IMAGES, Capability.JSON_SCHEMA]),
        region: fc.constantFrom("", "eu", "us"),
        noRetention: fc.boolean(),
        strength: fc.constantFrom(0, 0.4, 0.9, 1),
        firstToken: fc.constantFrom(0n, 1n, 30n),
      })
      .map(({ input, output, strength, firstToken, ...rest }) =>
        create(TargetSchema, {
          ...rest,
          id,
          tags: id === "large" ? ["reasoning", "code"] : [id, "small", "docs"],
          price: { input, output },
          prior: { strength, timeToFirstToken: create(DurationSchema, { seconds: firstToken }) },
        }),
      ),
  ),
);

const observations = fc.array(
  fc.record({
    targetId: fc.constantFrom("docs", "large", "small"),
    task: fc.constantFrom(...Object.values(Task)),
    difficulty: fc.constantFrom(0, 0.5, 1),
    success: fc.boolean(),
  }),
  { maxLength: 20 },
);

/** Everything that decides, or undefined where the policy does not fit the targets. */
const arbitraryWorld = fc
  .tuple(arbitraryTargets, arbitrarySoundPolicy, observations)
  .map(([targets, message, seen]) => {
    const world = {
      targets,
      collections: ["pointsman"],
      effects: new Set([...EFFECTS, "cache"]),
      kinds: ["pii", "secrets", "all", ...allKinds],
    };
    const { policy } = compilePolicy(message, world);
    const store = createScorecard({ targets, clock });
    for (const one of seen) store.observeOutcome({ ...one, time: clock.now() });
    return { targets, policy, message, world, scorecard: store.current() };
  });

const examples = fc.tuple(arbitraryFacts, arbitraryWorld).filter(([, { policy }]) => policy !== undefined);

function check(property: (decision: Decision, ...example: Parameters<typeof decideExample>) => void): void {
  fc.assert(
    fc.property(examples, ([facts, world]) => {
      property(decideExample(facts, world), facts, world);
    }),
    { numRuns: 120 },
  );
}

type World = typeof arbitraryWorld extends fc.Arbitrary<infer Value> ? Value : never;

function decideExample(facts: Decision["facts"] & object, { policy, targets, scorecard }: World): Decision {
  return decide(facts, policy as CompiledPolicy, createCatalogue(targets), scorecard, stamp);
}

const bytesOf = (decision: Decision): Uint8Array => toBinary(DecisionSchema, decision);

describe("decide", () => {
  it("gives the same bytes for the same input, in whatever order the targets come", () => {
    check((decision, facts, world) => {
      const before = bytesOf(decision);
      expect(bytesOf(decideExample(facts, world))).toEqual(before);
      expect(bytesOf(decideExample(facts, { ...world, targets: [...world.targets].reverse() }))).toEqual(
        before,
      );
    });
  });

  it("gives the same bytes again from what a record holds", () => {
    check((decision, _facts, world) => {
      const recorded = fromBinary(DecisionSchema, bytesOf(decision));
      const again = compilePolicy(
        fromBinary(PolicySchema, toBinary(PolicySchema, world.message)),
        world.world,
      );
      expect(again.policy?.revision).toBe(decision.policyRevision);
      const replayed = decideExample(recorded.facts!, { ...world, policy: again.policy });
      expect(bytesOf(replayed)).toEqual(bytesOf(decision));
    });
  });

  it("makes every target a candidate or an exclusion, once, unless a rule ends it all", () => {
    check(({ candidates, exclusions, verdict, ruleId }, _facts, { targets }) => {
      const seen = [...candidates, ...exclusions].map(({ targetId }) => targetId).sort();
      const ended = verdict === Verdict.DENY || (verdict === Verdict.REFUSE && ruleId !== "");
      expect(seen).toEqual(ended ? [] : targets.map(({ id }) => id).sort());
      expect(
        exclusions.every(({ reason, message }) => reason !== ExclusionReason.UNSPECIFIED && message !== ""),
      ).toBe(true);
      expect(verdict === Verdict.ROUTE).toBe(candidates.length > 0);
    });
  });

  it("orders candidates by value, the explored one first", () => {
    check(({ candidates }) => {
      const rest = candidates[0]?.explored ? candidates.slice(1) : candidates;
      const sorted = [...rest].sort((a, b) => b.value - a.value || (a.targetId < b.targetId ? -1 : 1));
      expect(rest.map(({ targetId }) => targetId)).toEqual(sorted.map(({ targetId }) => targetId));
      expect(candidates.slice(1).some(({ explored }) => explored)).toBe(false);
    });
  });

  it("has values that are the sum of their terms, so that a person can check them", () => {
    check(({ candidates, plan }) => {
      for (const one of candidates) {
        const {
          successTerm,
          failureTerm,
          costTerm,
          latencyTerm,
          preferenceTerm,
          successProbability: p,
        } = one;
        expect(one.value).toBe(round(successTerm - failureTerm - costTerm - latencyTerm + preferenceTerm));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(successTerm).toBeCloseTo(p * (plan?.stakes?.successValue ?? Number.NaN), 8);
        expect(failureTerm).toBeCloseTo((1 - p) * (plan?.stakes?.failureCost ?? Number.NaN), 8);
        expect([one.value, costTerm, latencyTerm].every(Number.isFinite)).toBe(true);
      }
    });
  });

  it("never calls a target whose breaker is open, nor one that the request's own limits exclude", () => {
    check(({ candidates }, facts) => {
      for (const { targetId, successProbability, costTerm } of candidates) {
        expect(facts.unavailableTargetIds).not.toContain(targetId);
        expect(successProbability).toBeGreaterThanOrEqual(facts.hints?.qualityFloor ?? 0);
        expect(costTerm * 1e6).toBeLessThanOrEqual(
          facts.hints?.costCeilingMicros ?? Number.POSITIVE_INFINITY,
        );
      }
    });
  });

  it("has seen enough of every outcome for the above to mean something", () => {
    const verdicts = new Map<Verdict, number>();
    for (const [facts, world] of fc.sample(examples, { numRuns: 150, seed: 7 })) {
      const { verdict } = decideExample(facts, world);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    }
    for (const verdict of [Verdict.ROUTE, Verdict.REFUSE, Verdict.NO_TARGET])
      expect(verdicts.get(verdict) ?? 0).toBeGreaterThan(2);
  });
});
