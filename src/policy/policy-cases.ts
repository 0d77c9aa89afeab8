import { create } from "@bufbuild/protobuf";
import {
  type PolicyCase,
  type PolicyCases,
  PolicyCasesSchema,
} from "#gen/pointsman/testing/v1/route_case_pb.ts";
import { type Decision, Verdict, VerdictSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { BudgetSchema, FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import type { PolicyIssue } from "#gen/pointsman/v1/route_service_pb.ts";
import { enumWord } from "../lib/enums.ts";
import { readDocument } from "./document.ts";
import { createIssueList, type DocumentLines, type IssueList } from "./issues.ts";
import { readMessage } from "./read-message.ts";

/** A file of cases that was read. */
export interface ParsedPolicyCases {
  /** The cases, each with facts; only sound if no issue is an error. */
  readonly cases: readonly PolicyCase[];
  readonly issues: readonly PolicyIssue[];
  readonly lines: DocumentLines;
}

/**
 * Reads cases of a policy as YAML or JSON, as leniently as policies; a bare list of cases will do. Facts that are not
 * set have their zero value, but what is left of a budget is everything.
 */
export function parsePolicyCases(text: string): ParsedPolicyCases {
  const lines = new Map<string, number>([["", 1]]);
  const list = createIssueList(lines);
  const root = readDocument(text, list);
  if (!root) return { cases: [], issues: list.issues, lines };
  const context = { issues: list, lines, shorthands, switches: new Set<string>() };
  const { cases } = readMessage(PolicyCasesSchema, root, "", context) as PolicyCases;
  if (cases.length === 0 && list.issues.length === 0) list.error("", "there are no cases");
  const names = new Set<string>();
  for (const [index, policyCase] of cases.entries()) {
    const path = `cases[${index}]`;
    checkCase(policyCase, path, names, list);
    fillFacts(policyCase, path, lines);
  }
  return { cases, issues: list.issues, lines };
}

/** What a decision lacks of what a case wants, as sentences; empty where the case passes. */
export function checkPolicyCase(policyCase: PolicyCase, decision: Decision): string[] {
  const { wantVerdict, wantTarget, wantRules, wantExcluded, wantNoRules } = policyCase;
  const mismatches: string[] = [];
  if (wantVerdict !== Verdict.UNSPECIFIED && decision.verdict !== wantVerdict) {
    const rule = decision.ruleId === "" ? "" : ` by rule ${decision.ruleId}`;
    mismatches.push(
      `the verdict is ${verdictWord(decision.verdict)}${rule}, not ${verdictWord(wantVerdict)}`,
    );
  }
  const [first] = decision.candidates;
  if (wantTarget !== "" && first?.targetId !== wantTarget) {
    const why = decision.exclusions.find(({ targetId }) => targetId === wantTarget)?.message;
    mismatches.push(
      `the target is ${first?.targetId ?? "none"}, not ${wantTarget}${why ? ` (${wantTarget}: ${why})` : ""}`,
    );
  }
  const applied = decision.matches.map(({ ruleId }) => ruleId);
  if (wantRules.length > 0 && !sameList(applied, wantRules)) {
    mismatches.push(`the rules that applied are ${listed(applied)}, not ${listed(wantRules)}`);
  }
  if (wantNoRules && applied.length > 0)
    mismatches.push(`the rules that applied are ${listed(applied)}, but none should`);
  const excluded = new Set(decision.exclusions.map(({ targetId }) => targetId));
  const missing = wantExcluded.filter((target) => !excluded.has(target));
  if (missing.length > 0)
    mismatches.push(`${listed(missing)} should be excluded but may serve or does not exist`);
  return mismatches;
}

const shorthands = new Map([["pointsman.testing.v1.PolicyCases", "cases"]]);

function checkCase(policyCase: PolicyCase, path: string, names: Set<string>, issues: IssueList): void {
  const { name, wantVerdict, wantTarget, wantRules, wantExcluded, wantNoRules } = policyCase;
  if (name === "") issues.error(path, "give the case a name");
  else if (names.has(name)) issues.error(`${path}.name`, `there are two cases named "${name}"`);
  names.add(name);
  const wants = [
    wantVerdict !== Verdict.UNSPECIFIED,
    wantTarget !== "",
    wantRules.length > 0,
    wantExcluded.length > 0,
    wantNoRules,
  ];
  // A case that wants nothing passes whatever happens.
  if (!wants.includes(true))
    issues.error(path, "says nothing about the decision; add want_verdict, want_target or want_rules");
  if (wantNoRules && wantRules.length > 0) issues.error(`${path}.want_no_rules`, "contradicts want_rules");
}

/** A budget of which only one figure is given would otherwise be spent by the other. */
function fillFacts(policyCase: PolicyCase, path: string, lines: DocumentLines): void {
  const facts = policyCase.facts ?? create(FactsSchema);
  const budget = facts.budget ?? create(BudgetSchema);
  if (!lines.has(`${path}.facts.budget.remaining`)) budget.remaining = Number.POSITIVE_INFINITY;
  if (!lines.has(`${path}.facts.budget.remaining_share`)) budget.remainingShare = 1;
  policyCase.facts = { ...facts, budget };
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}

function verdictWord(verdict: Verdict): string {
  return enumWord(VerdictSchema, verdict);
}
