import type { Only, Require } from "#gen/pointsman/v1/policy_pb.ts";
import type { Applicability } from "./applicability.ts";
import type { IssueList } from "./issues.ts";
import type { PolicyWorld, WorldTarget } from "./world.ts";

/** A rule with whose demands, and those of rules that always apply, no target is left would be a denial in disguise. */
export function checkTargetsLeft(
  rules: readonly Applicability[],
  world: PolicyWorld,
  issues: IssueList,
): void {
  let always = world.targets;
  const demanding = rules.filter(({ rule }) => rule.require || rule.only);
  const ordered = [...demanding.filter((rule) => rule.always), ...demanding.filter((rule) => !rule.always)];
  for (const { rule, index, always: unconditional } of ordered) {
    const path = `rules[${index}].${rule.require ? "require" : "only"}`;
    const alone = world.targets.filter((target) => mayServe(target, rule.require, rule.only));
    const left = always.filter((target) => alone.includes(target));
    if (alone.length === 0) issues.error(path, "no target can satisfy this");
    else if (left.length === 0)
      issues.error(path, "no target can satisfy both this and the rules that always apply");
    else if (unconditional) always = left;
  }
}

/** The targets that a rule names, by id or tag. */
export function allowedTargets(only: Only, targets: readonly WorldTarget[]): readonly WorldTarget[] {
  return targets.filter(
    ({ id, tags }) => only.targets.includes(id) || only.tags.some((tag) => tags.includes(tag)),
  );
}

/** Whether a target satisfies all that can be known of it in advance. */
function mayServe(target: WorldTarget, require: Require | undefined, only: Only | undefined): boolean {
  if (only && allowedTargets(only, [target]).length === 0) return false;
  if (!require) return true;
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
