import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import type { Rule } from "#gen/pointsman/v1/policy_pb.ts";
import { type Condition, createFactsScope } from "./condition.ts";
import type { Evaluation } from "./evaluation.ts";
import { assignArm } from "./experiment.ts";
import { createSettingsMerger } from "./merge-settings.ts";

/** A rule that is ready to be applied; without a condition it always applies. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly condition: Condition | undefined;
  /** Its effects by field name. */
  readonly effects: readonly string[];
}

/** Told when a condition has no value on given facts, and so counts as false. The reason may hold values of the facts. */
export type FailureListener = (ruleId: string, reason: string) => void;

/** Passes on the first failure of every rule only: to find the reason takes longer than to evaluate, and it is a mistake to be mended once. */
export function onceEachRule(
  onFailure: FailureListener,
): (ruleId: string) => ((reason: string) => void) | undefined {
  const told = new Set<string>();
  return (ruleId) => {
    if (told.has(ruleId)) return undefined;
    return (reason) => {
      told.add(ruleId);
      onFailure(ruleId, reason);
    };
  };
}

/** Applies rules to facts, in order, until one ends the matter. */
export function evaluateRules(
  rules: readonly CompiledRule[],
  facts: Facts,
  listenerOf?: (ruleId: string) => ((reason: string) => void) | undefined,
): Evaluation {
  const scope = createFactsScope(facts);
  const settings = createSettingsMerger();
  const matches: Evaluation["matches"] = [];
  const requirements: Mutable<Evaluation["requirements"]> = [];
  const allowances: Mutable<Evaluation["allowances"]> = [];
  const preferences: Mutable<Evaluation["preferences"]> = [];
  let ending: Evaluation["ending"];
  for (const { rule, condition, effects } of rules) {
    const ruleId = rule.id;
    if (condition && !condition.test(scope, listenerOf?.(ruleId))) continue;
    matches.push({ $typeName: "pointsman.v1.RuleMatch", ruleId, effects: [...effects] });
    settings.apply(rule);
    if (rule.require) requirements.push({ ruleId, require: rule.require });
    if (rule.only) allowances.push({ ruleId, only: rule.only });
    for (const prefer of rule.prefer) preferences.push({ ruleId, prefer });
    ending = endingOf(rule);
    if (ending) break;
  }
  const plan = settings.plan();
  const experimentRule = settings.experimentRule();
  if (experimentRule) {
    const { assignment, arm } = assignArm(experimentRule, facts);
    plan.experiment = assignment;
    if (arm.only) allowances.push({ ruleId: experimentRule.id, only: arm.only });
  }
  return { matches, plan, requirements, allowances, preferences, ...(ending && { ending }) };
}

type Mutable<T extends readonly unknown[]> = T[number][];

function endingOf(rule: Rule): Evaluation["ending"] {
  if (rule.deny) return { kind: "deny", ruleId: rule.id, message: rule.deny.message || denialMessage };
  if (rule.refuse) return { kind: "refuse", ruleId: rule.id, message: rule.refuse.message || refusalMessage };
  return undefined;
}

/** What a caller reads where a rule denies without saying why. */
export const denialMessage = "A policy of your organisation does not allow this request.";

/** What a caller reads where a rule refuses without saying why. */
export const refusalMessage = "A policy of your organisation prefers to leave this request unanswered.";
