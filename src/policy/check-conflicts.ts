import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { type Rule, RuleSchema } from "#gen/pointsman/v1/policy_pb.ts";
import type { Applicability } from "./applicability.ts";
import { expressionKey } from "./atoms.ts";
import { canonicalJson } from "./canonical-json.ts";
import { allowedTargets } from "./check-targets.ts";
import type { IssueList } from "./issues.ts";
import { bothOf, whyImpossible } from "./satisfiability.ts";
import type { PolicyWorld } from "./world.ts";

/** Warns of rules that undo each other: the same setting under the same condition, and sets of targets without overlap. */
export function checkConflicts(rules: readonly Applicability[], world: PolicyWorld, issues: IssueList): void {
  checkSettings(rules, issues);
  checkDisjoint(rules, world, issues);
}

function checkSettings(rules: readonly Applicability[], issues: IssueList): void {
  const byCondition = new Map<string, Map<string, { ruleId: string; value: string }>>();
  for (const { rule, index, condition, always } of rules) {
    const key = condition && !always ? expressionKey(condition.root) : "";
    const earlier = byCondition.get(key) ?? new Map<string, { ruleId: string; value: string }>();
    byCondition.set(key, earlier);
    for (const [setting, value] of settingsOf(rule)) {
      const before = earlier.get(setting);
      if (before && before.value !== value) {
        const message = `"${setting}" is set differently by rule "${before.ruleId}" under the same condition; this one wins`;
        issues.warn(`rules[${index}].${setting}`, message);
      }
      earlier.set(setting, { ruleId: rule.id, value });
    }
  }
}

/** Effects of which the last rule wins, field by field. */
const settingEffects = [
  "retrieve",
  "cache",
  "stakes",
  "attempts",
  "experiment",
  "shadow",
  "log",
  "explore",
  "classify",
];

function* settingsOf(rule: Rule): Iterable<[string, string]> {
  const json = toJson(RuleSchema, rule, { useProtoFieldName: true }) as Record<string, JsonValue>;
  for (const effect of settingEffects) {
    for (const [field, value] of Object.entries((json[effect] ?? {}) as Record<string, JsonValue>)) {
      yield [`${effect}.${field}`, canonicalJson(value)];
    }
  }
  for (const { kinds, action } of rule.redact) {
    for (const kind of kinds) yield [`redact.${kind}`, String(action)];
  }
}

/** Comparing all pairs is quadratic; nobody keeps track of more. */
const maximumCompared = 100;

function checkDisjoint(rules: readonly Applicability[], world: PolicyWorld, issues: IssueList): void {
  const limiting = rules.filter(({ rule }) => rule.only).slice(0, maximumCompared);
  for (const [position, later] of limiting.entries()) {
    const allowed = allowedTargets(later.rule.only!, world.targets);
    for (const earlier of limiting.slice(0, position)) {
      const shared = allowedTargets(earlier.rule.only!, allowed);
      const together = bothOf(earlier.alternatives, later.alternatives);
      if (shared.length > 0 || allowed.length === 0 || whyImpossible(together) !== undefined) continue;
      const message = `shares no target with rule "${earlier.rule.id}"; where both apply, nothing is left to choose`;
      issues.warn(`rules[${later.index}].only`, message);
    }
  }
}
