import { isWordCharacter } from "./characters.ts";
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
  anchors.clusters ??= formClusters(anchors);
  return anchors.clusters;
}

const noClusters: readonly NumberCluster[] = [];
/** Years, counts and prices make up most of the numbers: nothing that is looked for has so few digits in so few groups. */
const fewestDigits = 6;
const fewestGroups = 4;

function formClusters({ text, units, numbers }: Anchors): readonly NumberCluster[] {
  let clusters: NumberCluster[] | undefined;
  let passed = 0;
  for (const anchor of numbers) {
    if (anchor < passed) continue;
    measure(units, anchor);
    passed = Math.max(measured.end, anchor + 1);
    if (measured.digits < fewestDigits && measured.groups < fewestGroups) continue;
    clusters ??= [];
    clusters.push(clusterAt(text, units, anchor));
  }
  return clusters ?? noClusters;
}

/** How large the last measured cluster is; kept here so that none of the many small ones costs an object. */
const measured = { end: 0, digits: 0, groups: 0 };

function measure(units: Uint16Array, anchor: number): void {
  measured.digits = 0;
  measured.groups = 0;
  measured.end = anchor;
  let at = anchor;
  while (measured.groups < mostGroups) {
    const stop = endOfDigits(units, at);
    if (stop === at || stop - at > longestGroup) break;
    measured.groups++;
    measured.digits += stop - at;
    measured.end = stop;
    at = skipSeparator(units, stop);
  }
  if (measured.groups === 0) measured.end = endOfDigits(units, anchor);
}

function clusterAt(text: string, units: Uint16Array, anchor: number): NumberCluster {
  const groups: string[] = [];
  const starts: number[] = [];
  const separators: string[] = [];
  let end = anchor;
  let at = anchor;
  while (groups.length < measured.groups) {
    const stop = endOfDigits(units, at);
    if (groups.length > 0) separators.push(text.slice(end, at));
    groups.push(text.slice(at, stop));
    starts.push(at);
    end = stop;
    at = skipSeparator(units, stop);
  }
  const start = startWithSign(text, anchor);
  return { start, end, digits: groups.join(""), groups, starts, separators, plus: text[start] === "+" };
}

function endOfDigits(units: Uint16Array, from: number): number {
  let end = from;
  while (units[end]! >= 48 && units[end]! <= 57) end++;
  return end;
}

/** Passes at most three of the signs that people put between groups of one number. */
function skipSeparator(units: Uint16Array, from: number): number {
  let at = from;
  while (at - from < 3 && isSeparator[units[at]!] === 1) at++;
  return at;
}

const isSeparator = new Uint8Array(65536);
for (const sign of " -./()\u00a0\u2011\u2013\u202f") isSeparator[sign.charCodeAt(0)] = 1;

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
