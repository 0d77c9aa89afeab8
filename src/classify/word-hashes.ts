/** Words as numbers, so that they are compared and counted without making strings. */
export interface WordHashes {
  /** A 32-bit hash of each word; any number is one word. */
  readonly hashes: Uint32Array;
  /** How many words there are that are no numbers. */
  readonly total: number;
  /** How many different ones of these. */
  readonly distinct: number;
  /** How many of these are there twice or more and are no function words. */
  readonly repeated: number;
}

/** @param isFunctionWord whether the word at a position is one that every text repeats */
export function hashWords(
  words: readonly string[],
  isFunctionWord: (position: number) => boolean,
): WordHashes {
  const hashes = new Uint32Array(words.length);
  startCounting();
  let [total, distinct, repeated] = [0, 0, 0];
  for (let position = 0; position < words.length; position++) {
    const hash = hashOf(words[position]!);
    hashes[position] = hash;
    if (hash === NUMBER) continue;
    total++;
    const count = countAnother(hash);
    if (count === 1) distinct++;
    else if (count === 2 && !isFunctionWord(position)) repeated++;
  }
  return { hashes, total, distinct, repeated };
}

/** FNV-1a over UTF-16 units. */
export function hashOf(word: string): number {
  const first = word.charCodeAt(0);
  if (first >= 48 && first <= 57) return NUMBER;
  let value = 0x811c9dc5;
  for (let index = 0; index < word.length; index++) value = Math.imul(value ^ word.charCodeAt(index), PRIME);
  return value >>> 0;
}

/** Go on from one hash to another: order matters. */
export function mix(first: number, second: number): number {
  const value = Math.imul(Math.imul(first, PRIME) ^ second, 0x85ebca6b);
  return (value ^ (value >>> 15)) >>> 0;
}

const PRIME = 0x01000193;
/** The hash of any number. */
export const NUMBER = 0x9e3779b9;

/**
 * Open addressing, four times as many places as a text has words at most. What a place holds counts only if it was written in
 * this round, so that nothing has to be cleared.
 */
const PLACES = 16_384;
const keys = new Uint32Array(PLACES);
const counts = new Uint32Array(PLACES);
const rounds = new Uint32Array(PLACES);
let round = 0;

function startCounting(): void {
  round = (round + 1) >>> 0;
  if (round === 0) rounds.fill(0xffffffff);
}

function countAnother(key: number): number {
  let place = (key ^ (key >>> 14)) & (PLACES - 1);
  while (rounds[place] === round) {
    if (keys[place] === key) return ++counts[place]!;
    place = (place + 1) & (PLACES - 1);
  }
  rounds[place] = round;
  keys[place] = key;
  counts[place] = 1;
  return 1;
}
