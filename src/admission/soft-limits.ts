import type { CounterAnswer } from "./limit-store.ts";
import type { AppliedRule } from "./scopes.ts";

/** A budget passed one of its soft thresholds. */
export interface SoftLimit {
  readonly limitId: string;
  /** The tenant that the budget belongs to. */
  readonly tenant: string;
  /** Whose budget it is, such as "tenant:acme". */
  readonly scope: string;
  /** The threshold, over 0 to 1. */
  readonly share: number;
  readonly spentMicros: number;
  readonly budgetMicros: number;
}

/**
 * The thresholds that lie between what was spent before and after one exchange. The store takes exchanges one by one, so
 * of all replicas exactly one sees each threshold passed.
 */
export function matchingSoftLimits(rule: AppliedRule, { spentBefore, spent }: CounterAnswer): SoftLimit[] {
  const { capacity } = rule.counter;
  return rule.soft
    .filter((share) => spentBefore < share * capacity && spent >= share * capacity)
    .map((share) => ({
      limitId: rule.id,
      tenant: rule.tenant,
      scope: rule.scope,
      share,
      spentMicros: spent,
      budgetMicros: capacity,
    }));
}
