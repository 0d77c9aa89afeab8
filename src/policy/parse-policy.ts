import type { Policy } from "#gen/pointsman/v1/policy_pb.ts";
import { PolicySchema } from "#gen/pointsman/v1/policy_pb.ts";
import type { PolicyIssue } from "#gen/pointsman/v1/route_service_pb.ts";
import { readDocument } from "./document.ts";
import { createIssueList, type DocumentLines } from "./issues.ts";
import { readMessage } from "./read-message.ts";

/** A document that was read. */
export interface ParsedPolicy {
  /** What could be read; only sound if no issue is an error. Undefined where the text is no document at all. */
  readonly policy?: Policy;
  /** Where everything stands, for issues that are found later. */
  readonly lines: DocumentLines;
  /** All that is wrong with the document. */
  readonly issues: readonly PolicyIssue[];
}

/** Reads a policy as YAML or JSON. What its rules mean is checked when it is compiled. */
export function parsePolicy(text: string): ParsedPolicy {
  const lines = new Map<string, number>([["", 1]]);
  const list = createIssueList(lines);
  const root = readDocument(text, list);
  if (!root) return { lines, issues: list.issues };
  const policy = readMessage(PolicySchema, root, "", { issues: list, lines, shorthands, switches }) as Policy;
  return { policy, lines, issues: list.issues };
}

/** What people may leave out when they write policies. */
const shorthands = new Map([
  ["pointsman.v1.Log", "level"],
  ["pointsman.v1.Cache", "ttl"],
  ["pointsman.v1.Deny", "message"],
  ["pointsman.v1.Refuse", "message"],
  ["pointsman.v1.StripTools", "names"],
]);

const switches = new Set(["pointsman.v1.Deny", "pointsman.v1.Refuse", "pointsman.v1.StripTools"]);
