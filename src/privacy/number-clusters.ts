import { isDigit, isWordCharacter } from "./characters.ts";
import type { Anchors } from "./scan.ts";

/** Groups of digits that are written as one number: `(905) 674-3793`, `4111 1111 1111 1111`, `192.0.2.7`. */
export type NumberCluster = {
  /** Where it starts, a leading `+` or `(` included. */
  readonly start: number;
  readonly end: number;
  /** All digits in order, nothing else. */
  readonly digits: string;
  /** The digits of each group. */
  readonly groups: readonly string[];
  /** Where each group starts in the text. */
  readonly starts: readonly number[];
  /** What stands between the groups, one entry fewer than groups. */
  readonly separators: readonly string[];
  /** Whether it starts with a plus sign. */
  readonly plus: boolean;
};

const mostGroups = 12;
const longestGroup = 40;

/**
 * The clusters of a text, left to right, none overlapping; formed once for all detectors that ask. A group longer than
 * 40 digits belongs to no cluster: no recognised number is so long, and computing with such numbers is not private.
 */
export function numberClusters(anchors: Anchors): readonly NumberCluster[] {
  const formed = clustersOf.get(anchors);
  if (formed !== undefined) return formed;
  const { text, numbers } = anchors;
  const clusters: NumberCluster[] = [];
  let passed = 0;
  for (const anchor of numbers) {
    if (anchor < passed) continue;
    const cluster = clusterAt(text, anchor);
    passed = Math.max(cluster.end, anchor + 1);
    if (cluster.digits.length >= fewestDigits) clusters.push(cluster);
  }
  clustersOf.set(anchors, clusters);
  return clusters;
}

const clustersOf = new WeakMap<Anchors, readonly NumberCluster[]>();
// An IPv4 address has at least four; nothing that is looked for has fewer.
const fewestDigits = 4;

function clusterAt(text: string, anchor: number): NumberCluster {
  const groups: string[] = [];
  const starts: number[] = [];
  const separators: string[] = [];
  let end = anchor;
  let at = anchor;
  while (groups.length < mostGroups) {
    let stop = at;
    while (isDigit(text, stop)) stop++;
    if (stop === at || stop - at > longestGroup) break;
    if (groups.length > 0) separators.push(text.slice(end, at));
    groups.push(text.slice(at, stop));
    starts.push(at);
    end = stop;
    at = skipSeparator(text, stop);
  }
  if (groups.length === 0) while (isDigit(text, end)) end++;
  const start = startWithSign(text, anchor);
  return { start, end, digits: groups.join(""), groups, starts, separators, plus: text[start] === "+" };
}

/** Passes at most three of the signs that people put between groups of one number. */
function skipSeparator(text: string, from: number): number {
  let at = from;
  while (at - from < 3 && " -./()\u00a0\u2011\u2013\u202f".includes(text[at] ?? "\n")) at++;
  return at;
}

function startWithSign(text: string, anchor: number): number {
  let start = anchor;
  if (text[start - 1] === "(") start--;
  if (text[start - 1] === "+" && !isWordCharacter(text, start - 2)) return start - 1;
  return start;
}

/** Whether a word of letters goes on right after `end`, so that the digits are part of something else. */
export function isGlued(text: string, start: number, end: number): boolean {
  return (
    isWordCharacter(text, end) ||
    isWordCharacter(text, start - 1) ||
    text[start - 1] === "_" ||
    text[end] === "_"
  );
}

/** The text just before a place, in small letters: what a number is said to be stands in front of it. */
export function contextBefore(text: string, start: number, length = 48): string {
  return text.slice(Math.max(0, start - length), start).toLowerCase();
}
