import { characterTable, digitBit, lowerBit, upperBit } from "./characters.ts";
import { everydayWords, familyNames, givenNames, placeNames } from "./name-lists.ts";
import { readUnits } from "./text-units.ts";

/** What the lists know of a word, as bits. */
export const givenBit = 1;
export const familyBit = 2;
export const placeBit = 4;
export const everydayBit = 8;
export const titleBit = 16;
export const organisationBit = 32;

/** How many weights the model has: features are hashed into this many places. */
export const featureSpace = 1 << 14;

/** How many features one word has at most. */
export const mostFeatures = 24;

const titles =
  "Mr Mrs Ms Miss Mx Dr Prof Professor Sir Madam Madame Monsieur Mme Herr Frau Señor Señora Signor Signora Sra Srta Rev Hon Capt Sgt Lt Col";
const organisations =
  "Inc Corp Corporation Company Co Ltd LLC Limited GmbH Group Bank University College School Street Road Avenue Hotel Airport " +
  "Hospital Institute Foundation Museum Park Island Islands River Lake Bridge Tower County City State Cup Award Prize Orchestra " +
  "Theorem Law Act Method Distribution Equation Times Post Records Studios Technologies Systems Solutions Partners Sons Airlines " +
  "Motors Church Cathedral Stadium Beach Valley Mountain Mountains Bay Hills Hall Center Centre Square Station";
const wordBits = digitBit | lowerBit | upperBit;

/** What the lists know of the word at `[start, end)`, read as if it began with `first`; 0 for an unknown word. */
export function lexiconBits(units: Uint16Array, start: number, end: number, first = units[start]!): number {
  const hash = hashOf(units, start, end, first);
  for (let slot = hash & slotMask; ; slot = (slot + 1) & slotMask) {
    const held = slotHashes[slot]!;
    if (held === hash) return slotBits[slot]!;
    if (held === 0) return 0;
  }
}

// An open-addressed table by hash alone: a look-up makes no string. Of unknown words, one in a hundred thousand is taken
// for a known one, which is far below what the lists themselves get wrong.
const slotMask = (1 << 17) - 1;
const slotHashes = new Int32Array(slotMask + 1);
const slotBits = new Uint8Array(slotMask + 1);
fillLexicon();

function hashOf(units: Uint16Array, start: number, end: number, first: number): number {
  let hash = Math.imul(0x811c9dc5 ^ first, 0x01000193);
  for (let index = start + 1; index < end; index++) hash = Math.imul(hash ^ units[index]!, 0x01000193);
  hash ^= hash >>> 15;
  return hash === 0 ? 1 : hash;
}

/** Whether what stands between two words lets them be parts of one name: one space, an initial's stop, a hyphen. */
export function isJoined(units: Uint16Array, end: number, start: number): boolean {
  const gap = start - end;
  if (gap === 1) {
    const code = units[end];
    return code === 32 || code === 45 || code === 39 || code === 0x2019;
  }
  return gap === 2 && units[end] === 46 && units[end + 1] === 32;
}

/**
 * Writes the hashed features of one capitalised word of a text of `length` units into `output` and returns how many there are. `before` and `after`
 * are the bits of the words joined to it, or -1 where none is.
 */
export function personFeatures(
  units: Uint16Array,
  length: number,
  start: number,
  end: number,
  bits: number,
  before: number,
  after: number,
  output: Int32Array,
): number {
  const edgeBefore = edge(units, length, start - 1);
  const edgeAfter = edge(units, length, end);
  readContext(units, length, start, end);
  output[0] = place(0, bits);
  output[1] = place(1, shape(units, start, end));
  output[2] = place(2, bits * 64 + before + 1);
  output[3] = place(3, bits * 64 + after + 1);
  output[4] = place(4, Math.imul(before + 1, 64) + after + 1);
  output[5] = place(5, edgeBefore * 64 + bits);
  output[6] = place(6, edgeAfter * 64 + bits);
  output[7] = place(7, edgeBefore * 16 + edgeAfter);
  output[8] = place(8, context.previous);
  output[9] = place(9, context.next);
  output[10] = place(10, context.secondPrevious);
  output[11] = place(11, Math.imul(context.previous, 31) + context.secondPrevious);
  output[12] = place(12, Math.imul(context.previous, 64) + bits);
  output[13] = place(13, Math.imul(context.next, 64) + bits);
  output[14] = place(14, Math.imul(context.previous, 31) ^ context.next);
  output[15] = place(15, Math.imul(context.next, 31) + context.secondNext);
  const size = end - start;
  let count = 16;
  let hash = 7;
  for (let back = 1; back <= 5 && back < size; back++) {
    hash = Math.imul(hash, 31) + units[end - back]!;
    if (back >= 2) output[count++] = place(15 + back, hash);
  }
  if (size >= 3) {
    const head = (units[start]! << 16) ^ (units[start + 1]! << 8) ^ units[start + 2]!;
    output[count++] = place(21, head);
  }
  return count;
}

function place(kind: number, value: number): number {
  return (Math.imul(value ^ Math.imul(kind + 1, 0x9e3779b1), 0x85ebca6b) >>> 8) & (featureSpace - 1);
}

/** What stands at the edge of a word, in a few classes. */
function edge(units: Uint16Array, length: number, index: number): number {
  if (index < 0 || index >= length) return 1;
  switch (units[index]) {
    case 32:
      return 2;
    case 10:
      return 3;
    case 46:
      return 4;
    case 44:
      return 5;
    case 58:
      return 6;
    case 34:
      return 7;
    case 39:
    case 0x2019:
      return 8;
    case 45:
      return 9;
    case 40:
    case 41:
      return 10;
    case 33:
    case 63:
      return 11;
    default:
      return 12;
  }
}

function shape(units: Uint16Array, start: number, end: number): number {
  const length = Math.min(end - start, 12);
  const second = end - start > 1 && (characterTable[units[start + 1]!]! & upperBit) !== 0 ? 1 : 0;
  return length * 2 + second;
}

/** The words around the one at hand, hashed with the gap to them; kept here so that no object is made for each word. */
const context = { previous: 1, secondPrevious: 1, next: 1, secondNext: 1 };

function readContext(units: Uint16Array, length: number, start: number, end: number): void {
  let at = backOver(units, start);
  context.previous = wordHash + (start - at - wordLength) * 7919;
  const second = at;
  at = backOver(units, second);
  context.secondPrevious = wordHash + (second - at - wordLength) * 7919;
  at = forwardOver(units, length, end);
  context.next = wordHash + (at - end - wordLength) * 7919;
  const third = at;
  at = forwardOver(units, length, third);
  context.secondNext = wordHash + (at - third - wordLength) * 7919;
}

let wordHash = 0;
let wordLength = 0;
const longestGap = 3;
const longestWord = 12;

function backOver(units: Uint16Array, from: number): number {
  let at = from;
  while (at > 0 && from - at < longestGap && !isWord(units[at - 1]!)) at--;
  const end = at;
  wordHash = 0;
  while (at > 0 && end - at < longestWord && isWord(units[at - 1]!))
    wordHash = Math.imul(wordHash, 31) + small(units[--at]!);
  wordLength = end - at;
  return at;
}

function forwardOver(units: Uint16Array, length: number, from: number): number {
  let at = from;
  while (at < length && at - from < longestGap && !isWord(units[at]!)) at++;
  const start = at;
  wordHash = 0;
  while (at < length && at - start < longestWord && isWord(units[at]!))
    wordHash = Math.imul(wordHash, 31) + small(units[at++]!);
  wordLength = at - start;
  return at;
}

/** Hashes of a word as the previous word's are made, with one or two signs between. */
export function previousWordHashes(word: string): [number, number] {
  let hash = 0;
  for (let index = word.length - 1; index >= 0; index--)
    hash = Math.imul(hash, 31) + small(word.charCodeAt(index));
  return [hash + 7919, hash + 2 * 7919];
}

/** The hashes of the two words in front of the word whose features were last asked for. */
export function lastContext(): { readonly previous: number; readonly secondPrevious: number } {
  return context;
}

function isWord(code: number): boolean {
  return (characterTable[code]! & wordBits) !== 0;
}

function small(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

function fillLexicon(): void {
  const add = (list: string, bit: number): void => {
    for (const word of list.split(" ")) {
      const hash = hashOf(readUnits(word), 0, word.length, word.charCodeAt(0));
      let slot = hash & slotMask;
      while (slotHashes[slot] !== 0 && slotHashes[slot] !== hash) slot = (slot + 1) & slotMask;
      slotHashes[slot] = hash;
      slotBits[slot]! |= bit;
    }
  };
  add(givenNames, givenBit);
  add(familyNames, familyBit);
  add(placeNames, placeBit);
  add(
    everydayWords.replace(/(^| )\p{Ll}/gu, (start) => start.toUpperCase()),
    everydayBit,
  );
  add(titles, titleBit);
  add(organisations, organisationBit);
}
