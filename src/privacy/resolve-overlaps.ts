import type { Span } from "./detector.ts";
import { isSecretKind, kindPrecedence } from "./kinds.ts";

/**
 * Leaves no two spans overlapping and no private character uncovered: of each cluster of overlapping spans the most
 * telling kind is kept and stretched over the whole cluster where the loser sticks out.
 */
export function resolveOverlaps(found: readonly Span[]): Span[] {
  if (found.length < 2) return [...found];
  const ordered = [...found].sort((a, b) => a.start - b.start || b.end - a.end);
  const resolved: Span[] = [];
  for (const span of ordered) {
    const last = resolved.at(-1);
    if (last === undefined || span.start >= last.end) resolved.push(span);
    else resolved[resolved.length - 1] = merge(last, span);
  }
  return resolved;
}

function merge(a: Span, b: Span): Span {
  const winner = wins(a, b) ? a : b;
  const start = Math.min(a.start, b.start);
  const end = Math.max(a.end, b.end);
  return winner.start === start && winner.end === end ? winner : { ...winner, start, end };
}

/** Secrets before personal data, and names last: streets and mailboxes are named for people. Then the surer finding; then the longer; then the order of kinds. */
function wins(a: Span, b: Span): boolean {
  const secretA = isSecretKind(a.kind);
  if (secretA !== isSecretKind(b.kind)) return secretA;
  if ((a.kind === "person") !== (b.kind === "person")) return b.kind === "person";
  if (a.confidence !== b.confidence) return a.confidence > b.confidence;
  const lengthA = a.end - a.start;
  const lengthB = b.end - b.start;
  if (lengthA !== lengthB) return lengthA > lengthB;
  return kindPrecedence(a.kind) <= kindPrecedence(b.kind);
}
