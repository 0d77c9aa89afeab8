import type { Reading } from "./reading.ts";
import { mix, type WordHashes } from "./word-hashes.ts";

/** Word sequences as numbers. */
export interface HashedWords {
  /** Numbers of the word sequences, each once, below HASH_SIZE. */
  hashed: Uint32Array;
  /** The word sequence behind each of them. */
  hashedNames(): string[];
}

/** The number of buckets for word sequences. */
export const HASH_SIZE = 16_384;

const INSTRUCTION_WORDS = 70;
const TEXT_WORDS = 260;
/** Two words and three that open the instruction, words and pairs of it, words and pairs of the whole. */
const MOST_SEQUENCES = 2 + 2 * INSTRUCTION_WORDS + 2 * TEXT_WORDS;

const [OPENING, INSTRUCTION, TEXT] = [0x1b873593, 0xcc9e2d51, 0x38495ab5] as const;

/** Makes what collects the words and pairs of words of the instruction, its opening, and words and pairs of the whole. */
export function createHashCollector(): (reading: Reading, hashes: WordHashes) => HashedWords {
  const buckets = new Uint32Array(MOST_SEQUENCES);
  const firsts = new Uint32Array(MOST_SEQUENCES);
  const lengths = new Uint8Array(MOST_SEQUENCES);
  // A bucket was met in this round if it holds the round's number: so nothing has to be cleared.
  const met = new Uint32Array(HASH_SIZE);
  let round = 0;
  return (reading, { hashes }) => {
    round = (round + 1) >>> 0;
    if (round === 0) met.fill(0xffffffff);
    let count = 0;
    const add = (hash: number, first: number, length: number): void => {
      const bucket = hash & (HASH_SIZE - 1);
      if (met[bucket] === round) return;
      met[bucket] = round;
      buckets[count] = bucket;
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
    const named = { firsts: firsts.slice(0, count), lengths: lengths.slice(0, count) };
    return {
      hashed: buckets.slice(0, count),
      hashedNames: () =>
        Array.from(named.firsts, (first, index) => nameOf(reading, first, named.lengths[index]!)),
    };
  };
}

/** Where the first words of the instruction stand. */
function positionsOf(reading: Reading): number[] {
  const positions: number[] = [];
  for (const { start, end } of reading.instruction) {
    for (let position = start; position < end && positions.length < INSTRUCTION_WORDS; position++)
      positions.push(position);
  }
  return positions;
}

function nameOf(reading: Reading, first: number, length: number): string {
  return reading.words.slice(first, first + length).join(" ");
}
