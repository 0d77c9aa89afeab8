import { type CharacterCounts, sumOf } from "./character-counts.ts";
import { TRAITS } from "./lexicon/lexicon.ts";
import type { Reading } from "./reading.ts";
import type { WordHashes } from "./word-hashes.ts";

/** The measures of `readingLoad`, in its order. */
export const READING_LOAD_NAMES = [
  "many words",
  "repetition",
  "repeated words",
  "things that come back",
  "clauses",
  "quantities in words",
  "relations",
  "names",
  "sentences",
] as const;

/**
 * How much a reader has to keep in mind to answer: long texts, words that come back, clauses, quantities, names and
 * relations between them. Each measure is such that more of it means harder; none of it is about the topic, which is why it
 * carries over from one benchmark to another where word vectors do not. Each is about 0 to 1, at most 2.
 */
export function readingLoad(reading: Reading, counts: CharacterCounts, hashes: WordHashes): number[] {
  const { traits, segments } = reading;
  let [quantities, relations] = [0, 0];
  for (let position = 0; position < traits.length; position++) {
    const trait = traits[position]!;
    if ((trait & TRAITS.quantity) !== 0) quantities++;
    if ((trait & TRAITS.relation) !== 0) relations++;
  }
  const again = hashes.total - hashes.distinct;
  return [
    log(hashes.total, 6),
    again / Math.max(1, hashes.total),
    log(again, 5),
    log(hashes.repeated, 4),
    log(sumOf(counts.ascii, ","), 3),
    log(quantities, 3),
    log(relations, 3),
    log(countNames(reading.sample), 3),
    log(
      segments.reduce((sum, { text }) => sum + (SENTENCE_END.includes(text.at(-1)!) ? 1 : 0), 0),
      3,
    ),
  ];
}

const SENTENCE_END = ".?!。？！";

function log(value: number, top: number): number {
  return Math.min(2, Math.log1p(value) / top);
}

/** Words that begin with a capital letter other than at the start of a sentence. */
function countNames(text: string): number {
  let names = 0;
  for (let position = 1; position < text.length; position++) {
    if (!isUpper(text.charCodeAt(position)) || !isLower(text.charCodeAt(position + 1))) continue;
    const before = text.charCodeAt(position - 1);
    if (isUpper(before) || isLower(before)) continue;
    if ((before === 32 || before === 10) && ".?!".includes(text[position - 2] ?? ".")) continue;
    names++;
  }
  return names;
}

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}
