import { create } from "@bufbuild/protobuf";
import {
  type PolicyIssue,
  PolicyIssue_Severity,
  PolicyIssueSchema,
} from "#gen/pointsman/v1/route_service_pb.ts";

/**
 * Where things stand in a document: line from 1 by path, such as "rules[2].when". The lines of a text that spans
 * several have paths of their own: "rules[2].when:1" and so on.
 */
export type DocumentLines = ReadonlyMap<string, number>;

/** Collects what is wrong with a document, so that all mistakes are told at once. */
export interface IssueList {
  /** What was found, in the order in which it was found; at most 201, the last of which says so. */
  readonly issues: PolicyIssue[];
  /** The document cannot be used. If no line is given, it is that of the path. */
  error(path: string, message: string, line?: number): void;
  /** The document can be used, but may not mean what it says. */
  warn(path: string, message: string): void;
}

/** An empty list of issues about a document whose lines are known, or about a message that came without a document. */
export function createIssueList(lines: DocumentLines = new Map()): IssueList {
  const issues: PolicyIssue[] = [];
  const add = (severity: PolicyIssue_Severity, path: string, message: string, line?: number) => {
    if (issues.length >= maximumIssues) return;
    const full = issues.length === maximumIssues - 1;
    issues.push(
      create(PolicyIssueSchema, {
        // A list that overflows must never look usable.
        severity: full ? PolicyIssue_Severity.ERROR : severity,
        path: full ? "" : path.replace(textLine, ""),
        line: full ? 0 : (line ?? lineOf(lines, path)),
        message: full ? "there are more mistakes than are listed here" : message,
      }),
    );
  };
  return {
    issues,
    error: (path, message, line) => add(PolicyIssue_Severity.ERROR, path, message, line),
    warn: (path, message) => add(PolicyIssue_Severity.WARNING, path, message),
  };
}

/** Whether any of the issues makes the document unusable. */
export function hasErrors(issues: readonly PolicyIssue[]): boolean {
  return issues.some((issue) => issue.severity === PolicyIssue_Severity.ERROR);
}

/** One issue as a line for people: "policy.yaml:12: error: rules[2].when: ...". */
export function formatIssue(issue: PolicyIssue, file = ""): string {
  const place = [file, issue.line > 0 ? String(issue.line) : ""].filter((part) => part !== "").join(":");
  const severity = issue.severity === PolicyIssue_Severity.ERROR ? "error" : "warning";
  return [place, severity, issue.path, issue.message].filter((part) => part !== "").join(": ");
}

/** The most issues that are listed; the last one then says that there are more. */
export const maximumIssues = 201;
const textLine = /:\d+$/;

/** The line of a path, or of the nearest thing around it that has one. */
function lineOf(lines: DocumentLines, path: string): number {
  for (let current = path; current !== ""; ) {
    const line = lines.get(current);
    if (line !== undefined) return line;
    const end = Math.max(current.lastIndexOf("."), current.lastIndexOf("["), current.lastIndexOf(":"));
    current = end > 0 ? current.slice(0, end) : "";
  }
  return lines.get("") ?? 0;
}
