import type { Condition } from "./condition.ts";
import type { CompiledRule } from "./evaluate.ts";
import { type Alternatives, alternativesOf, isAlways } from "./satisfiability.ts";

/** What is known of when a rule applies. */
export interface Applicability {
  readonly rule: CompiledRule["rule"];
  readonly index: number;
  readonly condition: Condition | undefined;
  /** The ways in which it applies; undefined where there are too many. */
  readonly alternatives: Alternatives;
  /** Whether it applies to all facts. */
  readonly always: boolean;
}

/** Finds out when a rule applies. */
export function studyRule({ rule, condition }: CompiledRule, index: number): Applicability {
  const alternatives: Alternatives = condition ? alternativesOf(condition, true) : [[]];
  return { rule, index, condition, alternatives, always: !condition || isAlways(condition) };
}
