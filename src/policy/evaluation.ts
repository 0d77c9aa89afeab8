import type { Plan, RuleMatch } from "#gen/pointsman/v1/decision_pb.ts";
import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import type { Only, Policy, Prefer, Require } from "#gen/pointsman/v1/policy_pb.ts";

/** What a policy says about given facts. */
export interface Evaluation {
  /** The rules that applied, in order; after a denial or refusal no further ones. */
  readonly matches: RuleMatch[];
  /** Where a rule denied or refused; its message is never empty. */
  readonly ending?: { readonly kind: "deny" | "refuse"; readonly ruleId: string; readonly message: string };
  /** The settings of all rules together, every default filled in. Not shared with other evaluations. */
  readonly plan: Plan;
  /** What targets must have, rule by rule. */
  readonly requirements: readonly { readonly ruleId: string; readonly require: Require }[];
  /** The only targets allowed, rule by rule: a target must be in every one of them. Includes the experiment's arm. */
  readonly allowances: readonly { readonly ruleId: string; readonly only: Only }[];
  /** Preferences, rule by rule. */
  readonly preferences: readonly { readonly ruleId: string; readonly prefer: Prefer }[];
}

/** A policy that compiled: frozen, and named by its content. */
export interface CompiledPolicy {
  readonly policy: Policy;
  /** SHA-256 of the policy's canonical form, 64 hexadecimal digits. */
  readonly revision: string;
  /** Pure: the same facts always give an equal evaluation. A condition that fails on these facts counts as false. */
  evaluate(facts: Facts): Evaluation;
}
