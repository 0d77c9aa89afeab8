import { type Applicability, studyRule } from "./applicability.ts";
import { mayFail } from "./atoms.ts";
import { checkConflicts } from "./check-conflicts.ts";
import { checkTargetsLeft } from "./check-targets.ts";
import type { CompiledRule } from "./evaluate.ts";
import type { IssueList } from "./issues.ts";
import { alternativesOf, bothOf, findContradiction, whyImpossible } from "./satisfiability.ts";
import type { PolicyWorld } from "./world.ts";

/** Finds rules that can never apply, that contradict each other, or that leave nothing to choose. */
export function checkTogether(
  rules: readonly (CompiledRule | undefined)[],
  world: PolicyWorld,
  issues: IssueList,
): void {
  const known = rules.flatMap((compiled, index) => (compiled ? [studyRule(compiled, index)] : []));
  const possible = known.filter((rule) => checkPossible(rule, issues));
  const reached = possible.filter((rule) => checkReached(rule, possible, issues));
  checkTargetsLeft(reached, world, issues);
  checkConflicts(reached, world, issues);
}

/** A condition that no facts fulfil is a mistake, and so is a part of one. */
function checkPossible(
  { index, condition, alternatives, always }: Applicability,
  issues: IssueList,
): boolean {
  const path = `rules[${index}].when`;
  const reason = whyImpossible(alternatives);
  if (reason !== undefined) {
    issues.error(path, `can never hold: ${reason}`);
    return false;
  }
  if (condition && always) issues.warn(path, "always holds; leave it out to say so");
  const idle = new Set(
    (alternatives ?? []).flatMap((atoms) => atoms.map((atom) => findContradiction([atom]) ?? "")),
  );
  for (const part of idle) if (part !== "") issues.warn(path, `a part of this can never hold: ${part}`);
  return true;
}

/** Comparing each rule with every rule that ends the matter is quadratic; with so many endings nobody keeps track. */
const maximumEndings = 50;

/** A rule that applies only where an earlier one has denied or refused is never reached. */
function checkReached(rule: Applicability, rules: readonly Applicability[], issues: IssueList): boolean {
  const endings = rules.filter(
    ({ rule: other, index }) => index < rule.index && (other.deny || other.refuse),
  );
  for (const ending of endings.slice(0, maximumEndings)) {
    const verb = ending.rule.deny ? "denies" : "refuses";
    if (ending.always) {
      issues.error(
        `rules[${rule.index}]`,
        `is never reached: rule "${ending.rule.id}" before it always ${verb}`,
      );
      return false;
    }
    // Where the earlier condition may fail, it does not apply, and the later rule is reached after all.
    if (!ending.condition || mayFail(ending.condition.root, ending.condition.checked)) continue;
    const remaining = bothOf(rule.alternatives, alternativesOf(ending.condition, false));
    if (whyImpossible(remaining) === undefined) continue;
    issues.error(
      `rules[${rule.index}]`,
      `is never reached: whenever it applies, rule "${ending.rule.id}" before it ${verb}`,
    );
    return false;
  }
  return true;
}
