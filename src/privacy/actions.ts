import { type Redact, Redact_Action } from "#gen/pointsman/v1/policy_pb.ts";
import { allKinds, expandKind, isKind, type Kind } from "./kinds.ts";
import { PrivacyError } from "./privacy-error.ts";

/** What happens to a finding. */
export type Action =
  /** The request is refused; the text is redacted all the same. */
  | "block"
  /** `[EMAIL]`, for good. */
  | "redact"
  /** `[EMAIL:3f0a...]`, keyed and the same every time within a tenant. */
  | "hash"
  /** `[EMAIL_1]`, put back in the answer. */
  | "tokenise"
  /** Nothing. */
  | "allow";

/** What happens to findings of some kinds. */
export type ActionRule = {
  /** Kinds, or the groups `secrets`, `pii` and `all`. */
  readonly kinds: readonly string[];
  readonly action: Action;
  /** Whether a text that could not be searched for these kinds is refused. Default false. */
  readonly critical?: boolean;
};

/** One action for every kind, and the kinds whose detectors must not fail. */
export type Actions = { readonly byKind: ReadonlyMap<Kind, Action>; readonly critical: ReadonlySet<Kind> };

const strictness: readonly Action[] = ["allow", "tokenise", "hash", "redact", "block"];

/**
 * Settles what happens to each kind: a rule that names the kind beats one that names its group, which beats `all`; among
 * equals the stricter action wins. Kinds that no rule names are allowed. Throws PrivacyError for unknown names.
 */
export function settleActions(rules: readonly ActionRule[]): Actions {
  const chosen = new Map<Kind, { action: Action; specificity: number }>();
  const critical = new Set<Kind>();
  for (const rule of rules) {
    for (const name of rule.kinds) {
      const members = expandKind(name);
      if (members === undefined)
        throw new PrivacyError("invalid_actions", `There is no kind or group "${name}".`, [name]);
      const specificity = isKind(name) ? 2 : name === "all" ? 0 : 1;
      for (const kind of members) {
        if (rule.critical === true) critical.add(kind);
        const before = chosen.get(kind);
        if (before === undefined || beats(rule.action, specificity, before))
          chosen.set(kind, { action: rule.action, specificity });
      }
    }
  }
  return { byKind: new Map(allKinds.map((kind) => [kind, chosen.get(kind)?.action ?? "allow"])), critical };
}

/** The rules that a policy's `redact` effects are. An action that is not set means tokenise. */
export function rulesOfPolicy(effects: readonly Redact[]): ActionRule[] {
  return effects.map((effect) => ({
    kinds: effect.kinds,
    action: actionOf(effect.action),
    critical: effect.critical,
  }));
}

function actionOf(action: Redact_Action): Action {
  switch (action) {
    case Redact_Action.UNSPECIFIED:
    case Redact_Action.TOKENISE:
      return "tokenise";
    case Redact_Action.REDACT:
      return "redact";
    case Redact_Action.HASH:
      return "hash";
    case Redact_Action.BLOCK:
      return "block";
    case Redact_Action.ALLOW:
      return "allow";
    default:
      throw new PrivacyError("invalid_actions", `The redact action ${action} is not known to this version.`);
  }
}

function beats(
  action: Action,
  specificity: number,
  before: { action: Action; specificity: number },
): boolean {
  if (specificity !== before.specificity) return specificity > before.specificity;
  return strictness.indexOf(action) > strictness.indexOf(before.action);
}
