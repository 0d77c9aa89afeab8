import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import { toJson } from "@bufbuild/protobuf";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import {
  type PolicyIssue,
  PolicyIssue_Severity,
  PolicyIssueSchema,
} from "#gen/pointsman/v1/route_service_pb.ts";
import { EFFECTS, toTarget } from "../build-world.ts";
import type { LoadedConfig } from "../config.ts";
import { createCatalogue } from "../engine/catalogue.ts";
import { decide } from "../engine/decide.ts";
import { systemClock } from "../lib/clock.ts";
import { loadPolicy } from "../policy/compile-policy.ts";
import { checkPolicyCase, parsePolicyCases } from "../policy/policy-cases.ts";
import type { PolicyWorld } from "../policy/world.ts";
import { allKinds } from "../privacy/kinds.ts";
import { createScorecard } from "../scorecard/scorecard.ts";

/** Checks a policy against the targets of a configuration: every mistake with its line. 1 where it cannot be used. */
export function policyCheck(file: string, loaded: LoadedConfig, json: boolean): number {
  const { policy, issues } = loadPolicy(readFileSync(file, "utf8"), worldOf(loaded));
  if (json) {
    console.log(
      JSON.stringify({
        file,
        revision: policy?.revision ?? "",
        issues: issues.map((issue) => toJson(PolicyIssueSchema, issue)),
      }),
    );
  } else {
    showIssues(file, issues);
    if (policy)
      console.log(`${file}: ${policy.policy.rules.length} rules, revision ${policy.revision.slice(0, 12)}`);
  }
  return policy ? 0 : 1;
}

/** Runs the cases of a policy. 1 where one fails. */
export function policyTest(file: string, casesFile: string, loaded: LoadedConfig, json: boolean): number {
  const { policy, issues } = loadPolicy(readFileSync(file, "utf8"), worldOf(loaded));
  if (!policy) {
    showIssues(file, issues);
    return 1;
  }
  const parsed = parsePolicyCases(readFileSync(casesFile, "utf8"));
  if (parsed.issues.some(({ severity }) => severity === PolicyIssue_Severity.ERROR)) {
    showIssues(casesFile, parsed.issues);
    return 1;
  }
  const catalogue = createCatalogue(loaded.config.targets.map(toTarget));
  const scorecard = createScorecard({ targets: catalogue.targets, clock: systemClock }).current();
  let failed = 0;
  for (const one of parsed.cases) {
    if (!one.facts) continue;
    const decision = decide(one.facts, policy, catalogue, scorecard, {
      id: one.name,
      createTime: 0,
      requestId: "",
    });
    const mismatches = checkPolicyCase(one, decision);
    if (mismatches.length > 0) failed++;
    if (json)
      console.log(
        JSON.stringify({
          name: one.name,
          passed: mismatches.length === 0,
          mismatches,
          decision: toJson(DecisionSchema, decision),
        }),
      );
    else
      console.log(
        `${mismatches.length === 0 ? styleText("green", "passed") : styleText("red", "failed")} ${one.name}${mismatches.map((text) => `\n       ${text}`).join("")}`,
      );
  }
  if (!json) console.log(`${parsed.cases.length - failed} passed, ${failed} failed, 0 skipped`);
  return failed === 0 ? 0 : 1;
}

function worldOf({ config }: LoadedConfig): PolicyWorld {
  return {
    targets: config.targets.map(toTarget),
    collections: config.collections.map(({ id }) => id),
    effects: EFFECTS,
    kinds: ["pii", "secrets", "all", ...allKinds],
  };
}

function showIssues(file: string, issues: readonly PolicyIssue[]): void {
  for (const { severity, path, line, message } of issues) {
    const word =
      severity === PolicyIssue_Severity.ERROR ? styleText("red", "error") : styleText("yellow", "warning");
    console.error(`${file}:${line}: ${word}: ${path ? `${path}: ` : ""}${message}`);
  }
}
