import type { Reading, ReadSegment } from "./reading.ts";
import { mix, type WordHashes } from "./word-hashes.ts";

/** Word sequences as numbers. */
export interface WordSequences {
  /** A 32-bit hash of each word sequence, each once. */
  readonly hashed: Uint32Array;
  /** The word sequence behind each of them. */
  hashedNames(): string[];
}

const INSTRUCTION_WORDS = 70;
const TEXT_WORDS = 260;
const MARKED_SEGMENTS = 24;
const IDEOGRAPHS = 240;
/**
 * Two words and three that open the instruction, words and pairs of it, words and pairs of the whole, how its sentences
 * begin and end, and the signs of scripts without blanks, alone and in pairs.
 */
const MOST_SEQUENCES = 2 + 2 * INSTRUCTION_WORDS + 2 * TEXT_WORDS + 4 * MARKED_SEGMENTS + 2 * IDEOGRAPHS;

const [OPENING, INSTRUCTION, TEXT, MARKED, SIGNS] = [
  0x1b873593, 0xcc9e2d51, 0x38495ab5, 0x2545f491, 0x5851f42d,
] as const;

/** Makes what collects the words and pairs of words of the instruction, its opening, and words and pairs of the whole. */
export function createSequenceCollector(): (reading: Reading, hashes: WordHashes) => WordSequences {
  const found = new Uint32Array(MOST_SEQUENCES);
  const firsts = new Uint32Array(MOST_SEQUENCES);
  const lengths = new Uint8Array(MOST_SEQUENCES);
  const isNew = createRounds();
  return (reading, { hashes }) => {
    const once = isNew();
    let count = 0;
    const add = (hash: number, first: number, length: number): void => {
      if (!once(hash)) return;
      found[count] = hash;
      firsts[count] = first;
      lengths[count++] = length;
    };
    const instruction = positionsOf(reading);
    const [a, b, c] = instruction.map((position) => hashes[position]!);
    if (a !== undefined) {
      add(mix(mix(OPENING, a), b ?? 0), instruction[0]!, 2);
      if (c !== undefined) add(mix(mix(mix(OPENING, a), b!), c), instruction[0]!, 3);
    }
    for (let index = 0; index < instruction.length; index++) {
      const position = instruction[index]!;
      add(mix(INSTRUCTION, hashes[position]!), position, 1);
      // Two segments of an instruction need not be neighbours, but their words are taken as if they were.
      if (index > 0)
        add(
          mix(mix(INSTRUCTION, hashes[instruction[index - 1]!]!), hashes[position]!),
          instruction[index - 1]!,
          2,
        );
    }
    const end = Math.min(hashes.length, TEXT_WORDS);
    for (let position = 0; position < end; position++) {
      add(mix(TEXT, hashes[position]!), position, 1);
      if (position > 0) add(mix(mix(TEXT, hashes[position - 1]!), hashes[position]!), position - 1, 2);
    }
    addMarks(reading, hashes, add);
    if (!reading.plain) addIdeographs(reading.normalised, add);
    const named = { firsts: firsts.slice(0, count), lengths: lengths.slice(0, count) };
    return {
      hashed: found.slice(0, count),
      hashedNames: () =>
        Array.from(named.firsts, (first, index) => nameOf(reading, first, named.lengths[index]!)),
    };
  };
}

/** Lengths that say that a name ends with the mark of its sentence. */
const [MARK_ALONE, WORD_AND_MARK, PAIR_AND_MARK] = [200, 201, 202] as const;
/** Lengths that say that a name is signs of the normalised text, and no words. */
const [ONE_SIGN, TWO_SIGNS] = [210, 211] as const;

/** What no dictionary has is not lost: the signs of Chinese and Japanese, and their pairs. */
function addIdeographs(normalised: string, add: (hash: number, first: number, length: number) => void): void {
  let left = IDEOGRAPHS;
  let before = 0;
  for (let position = 0; position < normalised.length && left > 0; position++) {
    const code = normalised.charCodeAt(position);
    const isSign = code >= 0x3040 && code < 0xa000;
    if (isSign) {
      add(mix(SIGNS, code), position, ONE_SIGN);
      if (before !== 0) add(mix(mix(SIGNS, before), code), position - 1, TWO_SIGNS);
      left--;
    }
    before = isSign ? code : 0;
  }
}

/** How sentences begin and end: a question that opens with "what" is another thing than one that opens with "can". */
function addMarks(
  { segments }: Reading,
  hashes: Uint32Array,
  add: (hash: number, first: number, length: number) => void,
): void {
  const last = Math.min(segments.length, MARKED_SEGMENTS);
  for (let index = 0; index < last; index++) {
    const { text, kind, start, end } = segments[index]!;
    if (kind !== "prose" || start === end) continue;
    const mark = mix(MARKED, markOf(text));
    add(mark, start, MARK_ALONE);
    add(mix(mark, hashes[start]!), start, WORD_AND_MARK);
    if (end - start > 1) add(mix(mix(mark, hashes[start]!), hashes[start + 1]!), start, PAIR_AND_MARK);
    add(mix(mix(mark, 1), hashes[end - 1]!), end - 1, WORD_AND_MARK);
  }
}

/** The sign at the end; 0 for a letter or digit. */
function markOf(text: string): number {
  const code = text.charCodeAt(text.length - 1);
  const isWord = (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 0x2fff;
  // Full stops and question marks of other scripts are taken for ours.
  if (code === 0xff1f || code === 0x61f) return 63;
  if (code === 0x3002 || code === 0x964) return 46;
  if (code === 0xff01) return 33;
  if (code === 0xff1a) return 58;
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

function nameOf({ words, segments, normalised }: Reading, first: number, length: number): string {
  if (length >= ONE_SIGN) return normalised.slice(first, first + length - ONE_SIGN + 1);
  if (length < MARK_ALONE) return words.slice(first, first + length).join(" ");
  const segment = segments.find(({ start, end }) => first >= start && first < end);
  const mark = segment?.text.at(-1) ?? "";
  const shown = /[\p{L}\p{N}]/u.test(mark) ? "no mark" : mark;
  if (length === MARK_ALONE) return `… ${shown}`;
  return `${words.slice(first, first + length - MARK_ALONE).join(" ")} … ${shown}`;
}

/** Open addressing, over twice as many places as there are sequences; nothing is cleared, since a place counts in its round only. */
const PLACES = 2_048;

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
