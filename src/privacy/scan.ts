import { characterTable, digitBit, joinerBit, lowerBit, markBit, upperBit } from "./characters.ts";
import type { NumberCluster } from "./number-clusters.ts";
import { readUnits } from "./text-units.ts";

/** Places in a text where a detector has reason to look closer. Each list is in order of position. */
export type Anchors = {
  readonly text: string;
  /** The text's code units and some zeros behind them. Good until the next scan. */
  readonly units: Uint16Array;
  /** Start of every word that begins with a digit and is not glued to a letter. */
  readonly numbers: readonly number[];
  /** Start and end (flattened pairs) of every word of letters and digits mixed, or digits before letters. */
  readonly mixedWords: readonly number[];
  /** Start and end (flattened pairs) of every run of word characters, hyphens and underscores of 16 or more. */
  readonly longRuns: readonly number[];
  /** Start and end (flattened pairs) of every word of letters only that begins with a capital. */
  readonly capitalised: readonly number[];
  /** Every at sign. */
  readonly ats: readonly number[];
  /** Every colon and equals sign. */
  readonly assignments: readonly number[];
  /** Digits that are written as one number; formed when the first detector asks. */
  clusters: readonly NumberCluster[] | undefined;
};

const wordBits = digitBit | lowerBit | upperBit;
const runBits = wordBits | joinerBit;
const shortestLongRun = 16;
const nothing: number[] = [];
/** Small letters, spaces and most signs are passed over: a look at this table is all that ordinary text costs. */
const isTelling = characterTable.map((bits) => ((bits & (digitBit | upperBit | markBit)) === 0 ? 0 : 1));

/**
 * The one pass over every character. It decides nothing: it only notes where digits, capitals, marks and long tokens
 * are, so that the detectors after it touch a small part of ordinary text. `lasting` anchors survive the next scan.
 */
export function scanAnchors(text: string, lasting = false): Anchors {
  const { length } = text;
  const units = readUnits(text, lasting);
  let numbers = nothing;
  let mixedWords = nothing;
  let capitalised = nothing;
  let ats = nothing;
  let assignments = nothing;
  let index = 0;
  while (index < length) {
    if (isTelling[units[index]!] === 0) {
      index++;
      continue;
    }
    const bits = characterTable[units[index]!]!;
    if (bits === markBit) {
      if (units[index] === 64) ats = push(ats, index);
      else assignments = push(assignments, index);
      index++;
      continue;
    }
    // Only small letters can stand before it in its word: anything else would have been telling.
    let start = index;
    while (start > 0 && (characterTable[units[start - 1]!]! & wordBits) !== 0) start--;
    let seen = start < index ? bits | lowerBit : bits;
    index++;
    for (let next = characterTable[units[index]!]!; (next & wordBits) !== 0; ) {
      seen |= next;
      index++;
      next = characterTable[units[index]!]!;
    }
    const first = characterTable[units[start]!]!;
    if ((seen & digitBit) !== 0) {
      if (first === digitBit) numbers = push(numbers, start);
      if (seen !== digitBit) mixedWords = pushPair(mixedWords, start, index);
    } else if (first === upperBit) capitalised = pushPair(capitalised, start, index);
  }
  const longRuns = findLongRuns(units, length);
  return { text, units, numbers, mixedWords, longRuns, capitalised, ats, assignments, clusters: undefined };
}

/**
 * Looks at every sixteenth character at most: a run that is long enough covers one of them, and from one that breaks
 * the runs the next that could end a long one is sixteen further.
 */
function findLongRuns(units: Uint16Array, length: number): number[] {
  let runs = nothing;
  let start = 0;
  let last = shortestLongRun - 1;
  while (last < length) {
    let at = last;
    while (at >= start && (characterTable[units[at]!]! & runBits) !== 0) at--;
    if (at >= start) start = at + 1;
    else {
      let end = last + 1;
      while ((characterTable[units[end]!]! & runBits) !== 0) end++;
      runs = pushPair(runs, start, end);
      start = end + 1;
    }
    last = start + shortestLongRun - 1;
  }
  return runs;
}

/** Most texts have nothing to put into most lists, so a list is made when it is needed. */
function push(list: number[], value: number): number[] {
  if (list === nothing) return [value];
  list.push(value);
  return list;
}

function pushPair(list: number[], start: number, end: number): number[] {
  if (list === nothing) return [start, end];
  list.push(start, end);
  return list;
}
