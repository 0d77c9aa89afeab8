import type { Only, Require } from "#gen/pointsman/v1/policy_pb.ts";
import type { CompiledRule } from "./evaluate.ts";
import type { IssueList } from "./issues.ts";
import type { PolicyWorld, WorldTarget } from "./world.ts";

/** Checks what rules mean together. Rules that did not compile are undefined. */
export function checkTogether(
  rules: readonly (CompiledRule | undefined)[],
  world: PolicyWorld,
  issues: IssueList,
): void {
  checkTargetsLeft(rules, world, issues);
}

/** A rule with whose demands, and those of rules that always apply, no target is left would be a denial in disguise. */
function checkTargetsLeft(
  rules: readonly (CompiledRule | undefined)[],
  world: PolicyWorld,
  issues: IssueList,
): void {
  let left = world.targets;
  for (const [index, compiled] of rules.entries()) {
    if (!compiled || (!compiled.rule.require && !compiled.rule.only)) continue;
    const { rule, condition } = compiled;
    const path = `rules[${index}].${rule.require ? "require" : "only"}`;
    const alone = world.targets.filter((target) => mayServe(target, rule.require, rule.only));
    const together = left.filter((target) => alone.includes(target));
    if (alone.length === 0) issues.error(path, "no target can satisfy this");
    else if (together.length === 0)
      issues.error(path, "no target can satisfy this and the rules that always apply before it");
    else if (!condition) left = together;
  }
}

/** Whether a target satisfies all that can be known of it in advance. */
function mayServe(target: WorldTarget, require: Require | undefined, only: Only | undefined): boolean {
  const allowed =
    !only || only.targets.includes(target.id) || only.tags.some((tag) => target.tags.includes(tag));
  if (!allowed || !require) return allowed;
  const { input, output } = require.maxPrice ?? {};
  return (
    require.capabilities.every((capability) => target.capabilities.includes(capability)) &&
    require.tags.every((tag) => target.tags.includes(tag)) &&
    (require.regions.length === 0 || require.regions.includes(target.region)) &&
    (!require.noRetention || target.noRetention) &&
    (input === undefined || (target.price?.input ?? 0) <= input) &&
    (output === undefined || (target.price?.output ?? 0) <= output)
  );
}
