import { create } from "@bufbuild/protobuf";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import { type Caller, type Facts, FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { HintsSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import {
  type PolicyIssue,
  PolicyIssue_Severity,
  PolicyIssueSchema,
  SimulatedDecisionSchema,
  type SimulatePolicyRequest,
  type SimulatePolicyResponse,
  SimulatePolicyResponseSchema,
} from "#gen/pointsman/v1/route_service_pb.ts";
import { type Compilation, compilePolicy, loadPolicy } from "../policy/compile-policy.ts";
import { decide } from "./decide.ts";
import type { EngineParts } from "./engine-parts.ts";
import { unlimitedBudget } from "./facts.ts";
import type { World } from "./world.ts";

/** Decides given facts under the policy in force and under a candidate. Mistakes of the candidate are data. */
export function simulate(
  parts: EngineParts,
  request: SimulatePolicyRequest,
  caller: Caller,
): SimulatePolicyResponse {
  const world = parts.worlds.current;
  const { policy, issues } = compileCandidate(request, world);
  const response = create(SimulatePolicyResponseSchema, {
    issues: [...issues],
    policyRevision: policy?.revision ?? "",
  });
  if (!policy) return response;
  const scorecard = parts.scorecard.current();
  response.decisions = request.facts.map((given, index) => {
    const facts = completeFacts(given, caller);
    const stamp = { id: `simulated-${index}`, createTime: 0, requestId: "" };
    const current = decide(facts, world.policy, world.catalogue, scorecard, stamp);
    const candidate = decide(facts, policy, world.catalogue, scorecard, stamp);
    return create(SimulatedDecisionSchema, { current, candidate, changed: differs(current, candidate) });
  });
  return response;
}

/** Compiles a candidate that comes as a message or as a document; neither is one mistake more. */
export function compileCandidate(
  { candidate }: Pick<SimulatePolicyRequest, "candidate">,
  world: World,
): Compilation {
  if (candidate.case === "policy") return compilePolicy(candidate.value, world.policyWorld);
  if (candidate.case === "policyDocument") return loadPolicy(candidate.value, world.policyWorld);
  const issue: PolicyIssue = create(PolicyIssueSchema, {
    severity: PolicyIssue_Severity.ERROR,
    path: "candidate",
    message: "Give a policy or a policy_document.",
  });
  return { issues: [issue] };
}

/** Whether verdict or first target differ. */
export function differs(left: Decision, right: Decision): boolean {
  return left.verdict !== right.verdict || left.candidates[0]?.targetId !== right.candidates[0]?.targetId;
}

/** Facts written by hand leave things out; what is left out is what a plain request would have. */
export function completeFacts(given: Facts, caller: Caller): Facts {
  return create(FactsSchema, {
    ...given,
    caller: given.caller ?? caller,
    hints: given.hints ?? create(HintsSchema),
    budget: given.budget ?? unlimitedBudget(),
  });
}
