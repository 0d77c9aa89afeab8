import type { Reading, ReadSegment } from "./reading.ts";
import { hashOf, mix, type WordHashes } from "./word-hashes.ts";

/** Word sequences as numbers. */
export interface WordSequences {
  /** A 32-bit hash of each word sequence, each once. */
  readonly hashed: Uint32Array;
  /** What each of them is called for people. */
  hashedNames(): string[];
}

const INSTRUCTION_WORDS = 70;
const TEXT_WORDS = 260;
const MARKED_SEGMENTS = 24;
const IDEOGRAPHS = 240;
const LETTERS = 4;
const MOST_LETTERS = 300;
/**
 * Two words and three that open the instruction, words and pairs of it, words and pairs of the whole, how its sentences
 * begin and end, the signs of scripts without blanks, alone and in pairs, and four letters in a row of other foreign words.
 */
const MOST_SEQUENCES =
  2 + 2 * INSTRUCTION_WORDS + 2 * TEXT_WORDS + 4 * MARKED_SEGMENTS + 2 * IDEOGRAPHS + MOST_LETTERS;

const [OPENING, INSTRUCTION, TEXT, MARKED, SIGNS, PART] = [
  0x1b873593, 0xcc9e2d51, 0x38495ab5, 0x2545f491, 0x5851f42d, 0x51ed270b,
] as const;

/** Takes a sequence: its hash, where it begins, and its place in NAMINGS. */
type Add = (hash: number, first: number, naming: number) => void;

/** Makes what collects the words and pairs of words of the instruction, its opening, and words and pairs of the whole. */
export function createSequenceCollector(): (reading: Reading, hashes: WordHashes) => WordSequences {
  const found = new Uint32Array(MOST_SEQUENCES);
  const firsts = new Uint32Array(MOST_SEQUENCES);
  const namings = new Uint8Array(MOST_SEQUENCES);
  const isNew = createRounds();
  return (reading, { hashes }) => {
    const once = isNew();
    let count = 0;
    const add: Add = (hash, first, naming) => {
      if (!once(hash)) return;
      found[count] = hash;
      firsts[count] = first;
      namings[count++] = naming;
    };
    const instruction = positionsOf(reading);
    const [a, b, c] = instruction.slice(0, 3).map((position) => hashes[position]!);
    if (a !== undefined) {
      add(mix(mix(OPENING, a), b ?? 0), instruction[0]!, TWO_WORDS);
      if (c !== undefined) add(mix(mix(mix(OPENING, a), b!), c), instruction[0]!, THREE_WORDS);
    }
    for (let index = 0; index < instruction.length; index++) {
      const position = instruction[index]!;
      add(mix(INSTRUCTION, hashes[position]!), position, ONE_WORD);
      // Two segments of an instruction need not be neighbours, but their words are taken as if they were.
      if (index > 0)
        add(
          mix(mix(INSTRUCTION, hashes[instruction[index - 1]!]!), hashes[position]!),
          instruction[index - 1]!,
          TWO_WORDS,
        );
    }
    const end = Math.min(hashes.length, TEXT_WORDS);
    for (let position = 0; position < end; position++) {
      add(mix(TEXT, hashes[position]!), position, ONE_WORD);
      if (position > 0)
        add(mix(mix(TEXT, hashes[position - 1]!), hashes[position]!), position - 1, TWO_WORDS);
    }
    addMarks(reading, hashes, add);
    if (!reading.plain) addIdeographs(reading.normalised, add);
    addLetters(reading.foreign, add);
    const named = { firsts: firsts.slice(0, count), namings: namings.slice(0, count) };
    return {
      hashed: found.slice(0, count),
      hashedNames: () =>
        Array.from(named.firsts, (first, index) => NAMINGS[named.namings[index]!]!(reading, first)),
    };
  };
}

/** What no dictionary has is not lost: the signs of Chinese and Japanese, and their pairs. */
function addIdeographs(normalised: string, add: Add): void {
  let left = IDEOGRAPHS;
  let before = 0;
  for (let position = 0; position < normalised.length && left > 0; position++) {
    const code = normalised.charCodeAt(position);
    const found = isSign(code);
    if (found) {
      add(mix(SIGNS, code), position, ONE_SIGN);
      if (before !== 0) add(mix(mix(SIGNS, before), code), position - 1, TWO_SIGNS);
      left--;
    }
    before = found ? code : 0;
  }
}

/** Of Chinese or Japanese. */
function isSign(code: number): boolean {
  return code >= 0x3040 && code < 0xa000;
}

/** Words that a dictionary has or has not, in whichever form they stand: what they share with others are runs of letters. */
function addLetters(foreign: readonly string[], add: Add): void {
  let left = MOST_LETTERS;
  for (let position = 0; position < foreign.length && left > 0; position++) {
    const word = foreign[position]!;
    const first = word.charCodeAt(0);
    if (first < 97 || isSign(first)) continue;
    const whole = `^${word}$`;
    for (let start = 0; start + LETTERS <= whole.length && left > 0; start++, left--)
      add(mix(PART, hashOf(whole.slice(start, start + LETTERS))), position, FOREIGN_WORD);
  }
}

/** How sentences begin and end: a question that opens with "what" is another thing than one that opens with "can". */
function addMarks({ segments }: Reading, hashes: Uint32Array, add: Add): void {
  const last = Math.min(segments.length, MARKED_SEGMENTS);
  for (let index = 0; index < last; index++) {
    const { text, kind, start, end } = segments[index]!;
    if (kind !== "prose" || start === end) continue;
    const mark = mix(MARKED, markOf(text));
    add(mark, start, MARK_ALONE);
    add(mix(mark, hashes[start]!), start, WORD_AND_MARK);
    if (end - start > 1) add(mix(mix(mark, hashes[start]!), hashes[start + 1]!), start, PAIR_AND_MARK);
    add(mix(mix(mark, 1), hashes[end - 1]!), end - 1, LAST_AND_MARK);
  }
}

/** The sign at the end; 0 for a letter or digit. */
function markOf(text: string): number {
  const code = text.charCodeAt(text.length - 1);
  const isWord = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 0x2fff;
  // Of other scripts those are taken for ours that normalising leaves: the Arabic question mark and two full stops.
  if (code === 0x61f) return 63;
  if (code === 0x3002 || code === 0x964) return 46;
  return isWord ? 0 : code;
}

/** Where the first words of the instruction stand. */
function positionsOf({ instruction }: { readonly instruction: readonly ReadSegment[] }): number[] {
  const positions: number[] = [];
  for (const { start, end } of instruction) {
    for (let position = start; position < end && positions.length < INSTRUCTION_WORDS; position++)
      positions.push(position);
  }
  return positions;
}

type Naming = (reading: Reading, first: number) => string;

const words =
  (count: number): Naming =>
  ({ words: all }, first) =>
    `"${all.slice(first, first + count).join(" ")}"`;
/** Words at the start or the end of a sentence, or none, and what it ends with. */
const sentence =
  (count: number, atEnd = false): Naming =>
  (reading, first) => {
    const segment = reading.segments.find(({ start, end }) => first >= start && first < end);
    const mark = segment?.text.at(-1) ?? "";
    const shown = reading.words.slice(first, first + count).join(" ");
    const [before, after] = atEnd ? ["… ", ""] : ["", count > 0 ? " …" : "…"];
    return /[\p{L}\p{N}]/u.test(mark)
      ? `"${before}${shown}${after}" with no mark at the end`
      : `"${before}${shown}${after}${mark}"`;
  };
const signs =
  (count: number): Naming =>
  ({ normalised }, first) =>
    `"${normalised.slice(first, first + count)}"`;

/** How sequences are named for people, by what stands behind where they begin. */
const NAMINGS: readonly Naming[] = [
  words(1),
  words(2),
  words(3),
  sentence(0),
  sentence(1),
  sentence(2),
  sentence(1, true),
  signs(1),
  signs(2),
  ({ foreign }, first) => `"${foreign[first]!}"`,
];
const [
  ONE_WORD,
  TWO_WORDS,
  THREE_WORDS,
  MARK_ALONE,
  WORD_AND_MARK,
  PAIR_AND_MARK,
  LAST_AND_MARK,
  ONE_SIGN,
  TWO_SIGNS,
  FOREIGN_WORD,
] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** Open addressing, over twice as many places as there are sequences; nothing is cleared, since a place counts in its round only. */
const PLACES = 4_096;

function createRounds(): () => (hash: number) => boolean {
  const keys = new Uint32Array(PLACES);
  const rounds = new Uint32Array(PLACES);
  let round = 0;
  const once = (hash: number): boolean => {
    let place = (hash ^ (hash >>> 13)) & (PLACES - 1);
    while (rounds[place] === round) {
      if (keys[place] === hash) return false;
      place = (place + 1) & (PLACES - 1);
    }
    rounds[place] = round;
    keys[place] = hash;
    return true;
  };
  return () => {
    round = (round + 1) >>> 0;
    if (round === 0) rounds.fill(0xffffffff);
    return once;
  };
}
