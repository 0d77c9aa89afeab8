import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Decision, DecisionSchema, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import { Modality } from "#gen/pointsman/v1/facts_pb.ts";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { checkPolicyCase, parsePolicyCases } from "../../src/policy/policy-cases.ts";

function complaints(text: string): string[] {
  return parsePolicyCases(text).issues.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
}

describe("parsePolicyCases", () => {
  it("reads facts as people write them, and fills in what is left of budgets", () => {
    const { cases, issues } = parsePolicyCases(`
- name: one
  facts:
    caller: {tenant: acme, roles: caller}
    task: code_generation
    modalities: [text, image]
    labels: {team: search}
    sensitivity: {kinds: {email: 2}}
    hints: {latency_class: batch, quality_floor: 0, max_latency: 5s}
    budget: {remaining_share: 0.05}
  want_verdict: no_target
- name: two
  facts: {budget: {remaining: .inf, remainingShare: 0.5}}
  want_no_rules: true
- {name: three, want_target: small}
`);
    expect(issues).toEqual([]);
    expect(cases[0]).toMatchObject({
      facts: {
        caller: { tenant: "acme", roles: ["caller"] },
        task: Task.CODE_GENERATION,
        modalities: [Modality.TEXT, Modality.IMAGE],
        labels: { team: "search" },
        sensitivity: { kinds: { email: 2 } },
        hints: { qualityFloor: 0, maxLatency: { seconds: 5n } },
        budget: { remaining: Number.POSITIVE_INFINITY, remainingShare: 0.05 },
      },
      wantVerdict: Verdict.NO_TARGET,
    });
    expect(cases[1]?.facts?.budget).toMatchObject({
      remaining: Number.POSITIVE_INFINITY,
      remainingShare: 0.5,
    });
    expect(cases[2]?.facts?.budget).toMatchObject({ remaining: Number.POSITIVE_INFINITY, remainingShare: 1 });
  });

  it("tells every mistake with its line", () => {
    expect(
      complaints(`cases:
  - name: a
    facts: {tsk: chat, difficulty: high}
    want_verdict: allow
  - facts: {}
    want_rules: [a]
    want_no_rules: true
  - name: a
    want_target: x
  - name: nothing
`),
    ).toEqual([
      '3: cases[0].facts.tsk: there is no "tsk" here; did you mean "task"?',
      '3: cases[0].facts.difficulty: "high" stands where a number is expected',
      '4: cases[0].want_verdict: "allow" is not one of the words for this; known: route, refuse, deny, no_target',
      "2: cases[0]: says nothing about the decision; add want_verdict, want_target or want_rules",
      "5: cases[1]: give the case a name",
      "7: cases[1].want_no_rules: contradicts want_rules",
      '8: cases[2].name: there are two cases named "a"',
      "10: cases[3]: says nothing about the decision; add want_verdict, want_target or want_rules",
    ]);
    expect(complaints("cases: []")).toEqual(["1: : there are no cases"]);
  });
});

describe("checkPolicyCase", () => {
  const decision: Decision = create(DecisionSchema, {
    verdict: Verdict.ROUTE,
    matches: [{ ruleId: "a" }, { ruleId: "b" }],
    candidates: [{ targetId: "small" }, { targetId: "large" }],
    exclusions: [{ targetId: "far", message: "it is in us, rule b requires eu" }],
  });
  const check = (wants: string, given = decision) => {
    const { cases, issues } = parsePolicyCases(`[{name: c, ${wants}}]`);
    expect(issues).toEqual([]);
    return checkPolicyCase(cases[0]!, given);
  };

  it("passes where all that is wanted is there", () => {
    expect(check("want_verdict: route, want_target: small, want_rules: [a, b], want_excluded: far")).toEqual(
      [],
    );
    expect(check("want_no_rules: true", create(DecisionSchema))).toEqual([]);
  });

  it.each([
    ["want_verdict: refuse", "the verdict is route, not refuse"],
    ["want_target: far", "the target is small, not far (far: it is in us, rule b requires eu)"],
    ["want_rules: [b, a]", "the rules that applied are a, b, not b, a"],
    ["want_rules: [a]", "the rules that applied are a, b, not a"],
    ["want_no_rules: true", "the rules that applied are a, b, but none should"],
    ["want_excluded: [far, small]", "small should be excluded but may serve or does not exist"],
  ])("says what is missing: %s", (wants, mismatch) => {
    expect(check(wants)).toEqual([mismatch]);
  });

  it("names the rule that denied", () => {
    const denied = create(DecisionSchema, { verdict: Verdict.DENY, ruleId: "guests" });
    expect(check("want_verdict: route, want_target: small", denied)).toEqual([
      "the verdict is deny by rule guests, not route",
      "the target is none, not small",
    ]);
  });
});
