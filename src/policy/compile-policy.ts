import { clone, create, toJson } from "@bufbuild/protobuf";
import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import { type Policy, PolicySchema, type Rule } from "#gen/pointsman/v1/policy_pb.ts";
import type { PolicyIssue } from "#gen/pointsman/v1/route_service_pb.ts";
import { sha256Hex } from "../lib/digest.ts";
import { canonicalJson } from "./canonical-json.ts";
import { checkEffects } from "./check-effects.ts";
import { checkTogether } from "./check-together.ts";
import { compileCondition } from "./condition.ts";
import { effectNames } from "./effects.ts";
import { type CompiledRule, evaluateRules, type FailureListener, onceEachRule } from "./evaluate.ts";
import type { CompiledPolicy } from "./evaluation.ts";
import { createIssueList, type DocumentLines, hasErrors, type IssueList, maximumIssues } from "./issues.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { PolicyWorld } from "./world.ts";

/** A policy that compiled, or what keeps it from it. Warnings may come with either. */
export interface Compilation {
  readonly policy?: CompiledPolicy;
  readonly issues: readonly PolicyIssue[];
}

/** What compiling may need beside the policy. */
export interface CompileOptions {
  /** Lines of the document that the policy came from. If not set, issues have no lines. */
  readonly lines?: DocumentLines;
  /** Told when a condition fails on given facts and so counts as false, once a rule. If not set, nobody is. */
  readonly onFailure?: FailureListener;
}

/** Reads a YAML or JSON document and compiles it: all mistakes of both steps at once. */
export function loadPolicy(text: string, world: PolicyWorld, onFailure?: FailureListener): Compilation {
  const parsed = parsePolicy(text);
  if (!parsed.policy || parsed.issues.length >= maximumIssues) return { issues: parsed.issues };
  const compiled = compilePolicy(parsed.policy, world, {
    lines: parsed.lines,
    ...(onFailure && { onFailure }),
  });
  if (!hasErrors(parsed.issues))
    return { ...compiled, issues: inOrder([...parsed.issues, ...compiled.issues]) };
  // What could not be read is missing from the message; complaints about the gap would only repeat that.
  const broken = parsed.issues.map(({ path }) => path);
  const further = compiled.issues.filter(
    ({ path }) => !broken.some((other) => isWithin(other, path) || isWithin(path, other)),
  );
  return { issues: inOrder([...parsed.issues, ...further]) };
}

/** Checks a policy against what there is, and makes it ready to be evaluated. The given message is not touched. */
export function compilePolicy(policy: Policy, world: PolicyWorld, options: CompileOptions = {}): Compilation {
  const issues = createIssueList(options.lines);
  if (policy.name.length > 64)
    issues.error("name", `has ${policy.name.length} characters; at most 64 are allowed`);
  if (policy.rules.length > maximumRules) {
    issues.error("rules", `has ${policy.rules.length} rules; at most ${maximumRules} are allowed`);
    return { issues: issues.issues };
  }
  const frozen = freezeDeep(clone(PolicySchema, policy));
  checkIds(frozen.rules, issues);
  const rules = frozen.rules.map((rule, index) => {
    const path = `rules[${index}]`;
    checkEffects(rule, path, world, issues);
    return compileRule(rule, `${path}.when`, issues);
  });
  checkTogether(rules, world, issues);
  if (hasErrors(issues.issues)) return { issues: issues.issues };
  const ready = rules.filter((rule) => rule !== undefined);
  const listenerOf = options.onFailure && onceEachRule(options.onFailure);
  const compiled: CompiledPolicy = Object.freeze({
    policy: frozen,
    revision: policyRevision(frozen),
    evaluate: (facts: Facts) => evaluateRules(ready, facts, listenerOf),
  });
  return { policy: compiled, issues: issues.issues };
}

/** The policy without rules: everything may be chosen, all settings have their defaults. */
export function createEmptyPolicy(): CompiledPolicy {
  const world: PolicyWorld = { targets: [], collections: [], effects: new Set(), kinds: [] };
  return compilePolicy(create(PolicySchema, { name: "empty" }), world).policy!;
}

/** SHA-256 of a policy's content, whatever document it was written in; 64 hexadecimal digits. */
export function policyRevision(policy: Policy): string {
  return sha256Hex(canonicalJson(toJson(PolicySchema, policy)));
}

const maximumRules = 1000;

function compileRule(rule: Rule, path: string, issues: IssueList): CompiledRule | undefined {
  const effects = effectNames(rule);
  if (rule.when.trim() === "") return { rule, condition: undefined, effects };
  const compiled = compileCondition(rule.when);
  if (!("problems" in compiled)) return { rule, condition: compiled, effects };
  for (const { line, message } of compiled.problems) issues.error(`${path}:${line}`, message);
  return undefined;
}

function checkIds(rules: readonly Rule[], issues: IssueList): void {
  const first = new Map<string, number>();
  for (const [index, { id }] of rules.entries()) {
    const path = `rules[${index}].id`;
    if (id === "") issues.error(path, "give the rule an id: decisions name it");
    else if (!/^[a-z0-9_.-]{1,64}$/.test(id)) {
      issues.error(path, `"${id}" is no id: 1 to 64 lower-case letters, digits, "_", "." and "-"`);
    } else if (first.has(id)) issues.error(path, `"${id}" is the id of rules[${first.get(id)}] already`);
    else first.set(id, index);
  }
}

/** People mend a document from top to bottom. */
function inOrder(issues: readonly PolicyIssue[]): PolicyIssue[] {
  return issues.toSorted((left, right) => left.line - right.line);
}

function isWithin(path: string, whole: string): boolean {
  return path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`);
}

function freezeDeep<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === "object" && inner !== null) freezeDeep(inner);
  return Object.freeze(value);
}
