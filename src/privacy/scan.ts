import { characterTable, digitBit, joinerBit, lowerBit, markBit, upperBit } from "./characters.ts";

/** Places in a text where a detector has reason to look closer. Each list is in order of position. */
export type Anchors = {
  readonly text: string;
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
};

const wordBits = digitBit | lowerBit | upperBit;
const shortestLongRun = 16;

/**
 * The one pass over every character. It decides nothing: it only notes where digits, capitals, marks and long tokens
 * are, so that the detectors after it touch a small part of ordinary text.
 */
export function scanAnchors(text: string): Anchors {
  const table = characterTable;
  const numbers: number[] = [];
  const mixedWords: number[] = [];
  const longRuns: number[] = [];
  const capitalised: number[] = [];
  const ats: number[] = [];
  const assignments: number[] = [];
  const length = text.length;
  let runStart = -1;
  let index = 0;
  while (index < length) {
    const bits = table[text.charCodeAt(index)]!;
    if ((bits & wordBits) !== 0) {
      const start = index;
      let seen = bits;
      index++;
      while (index < length) {
        const next = table[text.charCodeAt(index)]!;
        if ((next & wordBits) === 0) break;
        seen |= next;
        index++;
      }
      if (runStart < 0) runStart = start;
      if ((seen & digitBit) !== 0) {
        if ((bits & digitBit) !== 0) numbers.push(start);
        if (seen !== digitBit) mixedWords.push(start, index);
      } else if ((bits & upperBit) !== 0) capitalised.push(start, index);
      continue;
    }
    if ((bits & joinerBit) !== 0) {
      if (runStart < 0) runStart = index;
      index++;
      continue;
    }
    if (runStart >= 0) {
      if (index - runStart >= shortestLongRun) longRuns.push(runStart, index);
      runStart = -1;
    }
    if ((bits & markBit) !== 0) {
      if (text.charCodeAt(index) === 64) ats.push(index);
      else assignments.push(index);
    }
    index++;
  }
  if (runStart >= 0 && length - runStart >= shortestLongRun) longRuns.push(runStart, length);
  return { text, numbers, mixedWords, longRuns, capitalised, ats, assignments };
}
