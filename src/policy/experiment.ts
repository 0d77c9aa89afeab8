import type { ExperimentAssignment } from "#gen/pointsman/v1/decision_pb.ts";
import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import type { Experiment, ExperimentArm, Rule } from "#gen/pointsman/v1/policy_pb.ts";
import { stableFraction } from "../lib/digest.ts";

/**
 * The arm of a rule's experiment that a request belongs to. The same key always gets the same arm; two experiments
 * split the same keys independently. A request that lacks the key is split by its own draw.
 */
export function assignArm(
  rule: Rule,
  facts: Facts,
): { assignment: ExperimentAssignment; arm: ExperimentArm } {
  const experiment = rule.experiment!;
  const arm = chooseArm(experiment, stableFraction(`${experiment.id}\n${keyValue(experiment.key, facts)}`));
  const assignment: ExperimentAssignment = {
    $typeName: "pointsman.v1.ExperimentAssignment",
    experimentId: experiment.id,
    arm: arm.name,
    ruleId: rule.id,
  };
  return { assignment, arm };
}

/** Whether a key is one that experiments can split by. */
export function isExperimentKey(key: string): boolean {
  return key === "" || key === "request" || namedKeys.has(key) || /^labels\.[a-z0-9_.-]{1,64}$/.test(key);
}

/** The keys that experiments can split by, for people. */
export const experimentKeys = [
  "request",
  "conversation_id",
  "caller.user",
  "caller.app",
  "caller.tenant",
  "labels.NAME",
];

const namedKeys: ReadonlyMap<string, (facts: Facts) => string | undefined> = new Map([
  ["conversation_id", (facts: Facts) => facts.conversationId],
  ["caller.user", (facts: Facts) => facts.caller?.user],
  ["caller.app", (facts: Facts) => facts.caller?.app],
  ["caller.tenant", (facts: Facts) => facts.caller?.tenant],
]);

function keyValue(key: string, facts: Facts): string {
  const named = namedKeys.get(key)?.(facts);
  const label = key.startsWith("labels.") ? key.slice("labels.".length) : undefined;
  const value = label !== undefined && Object.hasOwn(facts.labels, label) ? facts.labels[label] : named;
  // The kinds of key are told apart, so that no value of one passes for the other.
  return value ? `key ${value}` : `draw ${facts.draw}`;
}

function chooseArm({ arms }: Experiment, fraction: number): ExperimentArm {
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  let left = fraction * total;
  for (const arm of arms) {
    left -= arm.weight;
    if (left < 0) return arm;
  }
  // Rounding may leave a crumb; the last arm with any weight takes it.
  return arms.findLast(({ weight }) => weight > 0)!;
}
