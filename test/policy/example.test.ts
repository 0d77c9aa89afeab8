import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { DecisionSchema, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import { TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { EFFECTS } from "../../src/build-world.ts";
import { loadPolicy } from "../../src/policy/compile-policy.ts";
import { checkPolicyCase, parsePolicyCases } from "../../src/policy/policy-cases.ts";
import type { PolicyWorld } from "../../src/policy/world.ts";
import { world } from "./world.ts";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

/** One target for each tag that the example speaks of, and the effects that the service carries out. */
const exampleWorld: PolicyWorld = {
  ...world,
  effects: EFFECTS,
  targets: ["small", "code", "reasoning", "docs"].map((tag) =>
    create(TargetSchema, { id: `${tag}-1`, tags: [tag] }),
  ),
};

describe("the example policy", () => {
  const { policy, issues } = loadPolicy(read("policy.example.yaml"), exampleWorld);
  const parsed = parsePolicyCases(read("policy.example.cases.yaml"));

  it("compiles without a warning", () => {
    expect(issues).toEqual([]);
    expect(policy?.policy.name).toBe("example");
  });

  it("says nothing in its comments that would not compile", () => {
    const comments = read("policy.example.yaml").split("# More that a rule can do:")[1]!;
    const effects = comments
      .replaceAll(/^#( {3})?/gm, "")
      .trim()
      .split("\n");
    const rule = `rules:\n  - id: more\n${effects.map((line) => `    ${line}`).join("\n")}\n`;
    const everything = {
      ...world,
      collections: ["handbook"],
      targets: ["small-1", "candidate"].map((id) =>
        create(TargetSchema, { id, tags: ["small"], capabilities: [1, 2], region: "eu", noRetention: true }),
      ),
    };
    expect(loadPolicy(rule, everything).issues.filter(({ severity }) => severity === 1)).toEqual([]);
  });

  it("has cases that can be read, and that cover every rule", () => {
    expect(parsed.issues).toEqual([]);
    const covered = new Set(parsed.cases.flatMap(({ wantRules }) => wantRules));
    expect([...covered].sort()).toEqual(policy!.policy.rules.map(({ id }) => id).sort());
  });

  it.each(parsed.cases.map((policyCase) => [policyCase.name, policyCase] as const))(
    "passes: %s",
    (_name, policyCase) => {
      const { matches, ending } = policy!.evaluate(policyCase.facts!);
      const verdict = ending ? (ending.kind === "deny" ? Verdict.DENY : Verdict.REFUSE) : Verdict.ROUTE;
      expect(checkPolicyCase(policyCase, create(DecisionSchema, { matches, verdict }))).toEqual([]);
    },
  );
});
