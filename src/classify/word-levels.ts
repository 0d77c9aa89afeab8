import { createFinder } from "./hash-finder.ts";
import { ClassifyError, readTensorFile } from "./tensor-file.ts";
import { mix, NUMBER, type WordHashes } from "./word-hashes.ts";

/**
 * At which level of education a word is learnt, as readers judged it: 1 (small children know it) to 5 (specialists alone);
 * 0 for names and for words of other languages.
 */
export interface WordLevels {
  /** The measures of a text, named by WORD_LEVEL_NAMES; 0 to 1 each, to 2 for words learnt after school. */
  measure(hashes: WordHashes): number[];
}

/** The measures of `measure`, in its order. */
export const WORD_LEVEL_NAMES = [
  "level of the words",
  "level of the three hardest words",
  "level of the hardest word",
  "words learnt at school or later",
  "words learnt after school",
  "different words of a subject",
  "words that small children know",
  "words that are in no list",
] as const;

/** The levels that ship with the service. */
export const WORD_LEVELS_FILE = new URL("./weights/word-levels.bin", import.meta.url);

/** So many words are looked at. */
const MOST_WORDS = 260;
/** What a text is taken for that has no word of a known level. */
const USUAL = 1.6;
const TOP = 3;
const [SCHOOL, LATER, SUBJECT, CHILD] = [3, 3.5, 4, 1] as const;
const MOST_SUBJECT = 4;

/** Load the levels that ship with the service. Throws ClassifyError if they cannot be read. */
export function loadWordLevels(path: URL = WORD_LEVELS_FILE): WordLevels {
  const file = readTensorFile(path);
  const hashes = file.hashes("words");
  const { values, scales, rows } = file.quantised("levels");
  if (rows !== 1 || values.length !== hashes.length)
    throw new ClassifyError("weights_invalid", "The word levels do not give one level for each word.");
  const levels = Float32Array.from(values, (value) => value * scales[0]!);
  const find = createFinder(hashes);
  return {
    measure: (words) => {
      const tally = new Tally();
      const end = Math.min(words.hashes.length, MOST_WORDS);
      for (let position = 0; position < end; position++) {
        const hash = words.hashes[position]!;
        if (hash !== NUMBER) tally.addWord(find(hash), levels);
        if (position > 0) tally.addPair(find(mix(words.hashes[position - 1]!, hash)), levels);
      }
      return tally.measures();
    },
  };
}

class Tally {
  #words = 0;
  #unknown = 0;
  #known = 0;
  #sum = 0;
  #school = 0;
  #later = 0;
  #child = 0;
  readonly #subject = new Set<number>();
  /** The rows of the highest levels so far, each once, and these levels, highest first. */
  readonly #topRows = new Array<number>(TOP).fill(-1);
  readonly #top = new Array<number>(TOP).fill(USUAL);

  addWord(row: number, levels: Float32Array): void {
    this.#words++;
    if (row < 0) this.#unknown++;
    else this.#add(row, levels[row]!);
  }

  /** Of pairs only those count that are a term of their own. */
  addPair(row: number, levels: Float32Array): void {
    if (row >= 0) this.#add(row, levels[row]!);
  }

  #add(row: number, level: number): void {
    if (level <= 0) return;
    this.#known++;
    this.#sum += level;
    if (level >= SCHOOL) this.#school++;
    if (level >= LATER) this.#later++;
    if (level >= SUBJECT) this.#subject.add(row);
    if (level <= CHILD) this.#child++;
    if (level > this.#top[TOP - 1]! && !this.#topRows.includes(row)) this.#rank(row, level);
  }

  #rank(row: number, level: number): void {
    let place = TOP - 1;
    for (; place > 0 && this.#top[place - 1]! < level; place--) {
      this.#top[place] = this.#top[place - 1]!;
      this.#topRows[place] = this.#topRows[place - 1]!;
    }
    this.#top[place] = level;
    this.#topRows[place] = row;
  }

  measures(): number[] {
    const known = Math.max(1, this.#known);
    return [
      (this.#known === 0 ? USUAL : this.#sum / known) / 5,
      this.#top.reduce((sum, level) => sum + level, 0) / TOP / 5,
      this.#top[0]! / 5,
      this.#school / known,
      Math.min(2, this.#later / Math.sqrt(known)),
      Math.min(this.#subject.size, MOST_SUBJECT) / MOST_SUBJECT,
      this.#child / known,
      this.#unknown / Math.max(1, this.#words),
    ];
  }
}
