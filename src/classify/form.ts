import { countCharacters } from "./character-counts.ts";
import { TRAITS } from "./lexicon/lexicon.ts";
import type { Reading } from "./reading.ts";
import { readingLoad } from "./reading-load.ts";
import { structureOf } from "./structure.ts";
import { hashWords, type WordHashes } from "./word-hashes.ts";

/** What can be measured of a text without knowing what any word means. */
export interface Form {
  /** Named by STRUCTURE_NAMES. */
  readonly structure: readonly number[];
  /** Named by READING_LOAD_NAMES. */
  readonly load: readonly number[];
  readonly hashes: WordHashes;
}

/** Measure the form of a text. */
export function formOf(reading: Reading): Form {
  const { traits } = reading;
  const counts = countCharacters(reading.normalised);
  const hashes = hashWords(reading.words, (position) => (traits[position]! & TRAITS.function) !== 0);
  return {
    structure: structureOf(reading, counts, hashes),
    load: readingLoad(reading, counts, hashes),
    hashes,
  };
}
