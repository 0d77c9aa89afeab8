import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { PolicyIssue_Severity } from "#gen/pointsman/v1/route_service_pb.ts";
import { Capability, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { EFFECTS, toTarget } from "../../src/build-world.ts";
import { defaultConfigFile, loadConfig } from "../../src/config.ts";
import { createCatalogue } from "../../src/engine/catalogue.ts";
import { decide } from "../../src/engine/decide.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { loadPolicy } from "../../src/policy/compile-policy.ts";
import { checkPolicyCase, parsePolicyCases } from "../../src/policy/policy-cases.ts";
import type { PolicyWorld } from "../../src/policy/world.ts";
import { createScorecard } from "../../src/scorecard/scorecard.ts";
import { world } from "./world.ts";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

const { config } = loadConfig(defaultConfigFile, {}, tmpdir());
const catalogue = createCatalogue(config.targets.map(toTarget));
const scorecard = createScorecard({ targets: catalogue.targets, clock: systemClock }).current();
const stamp = { id: "", createTime: 0, requestId: "" };

/** The default configuration, as far as a policy can speak of it. */
const defaultWorld: PolicyWorld = {
  targets: catalogue.targets,
  collections: config.collections.map(({ id }) => id),
  effects: EFFECTS,
  kinds: world.kinds,
};

describe("the example policy", () => {
  const { policy, issues } = loadPolicy(read("policy.example.yaml"), defaultWorld);
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
    const capabilities = [Capability.TOOLS, Capability.IMAGES];
    const targets = ["small-1", "candidate"].map((id) =>
      create(TargetSchema, { id, tags: ["small"], capabilities, region: "eu", noRetention: true }),
    );
    const errors = loadPolicy(rule, { ...world, collections: ["handbook"], targets }).issues.filter(
      ({ severity }) => severity === PolicyIssue_Severity.ERROR,
    );
    expect(errors).toEqual([]);
  });

  it("has cases that can be read, and that cover every rule", () => {
    expect(parsed.issues).toEqual([]);
    const covered = new Set(parsed.cases.flatMap(({ wantRules }) => wantRules));
    expect([...covered].sort()).toEqual(policy!.policy.rules.map(({ id }) => id).sort());
  });

  it.each(parsed.cases.map((policyCase) => ({ name: policyCase.name, policyCase })))(
    "passes, with the default targets: $name",
    ({ policyCase }) => {
      const decision = decide(policyCase.facts!, policy!, catalogue, scorecard, stamp);
      expect(checkPolicyCase(policyCase, decision)).toEqual([]);
    },
  );
});
