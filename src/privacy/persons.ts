import type { Detector } from "./detector.ts";
import {
  everydayBit,
  familyBit,
  givenBit,
  isJoined,
  lexiconBits,
  mostFeatures,
  organisationBit,
  personFeatures,
  placeBit,
  titleBit,
} from "./person-features.ts";
import { personScale, personWeights } from "./person-model.ts";

/**
 * Names of persons, in scripts that have capitals. A small trained model judges every capitalised word by what the lists
 * know of it, its letters and its neighbours; words judged to be names and joined to each other make one name. Where a
 * title or an introduction stands in front, that decides alone.
 */
export const persons: Detector = {
  name: "persons",
  kinds: ["person"],
  run({ text, capitalised }, emit, tick) {
    const count = capitalised.length / 2;
    const scores = scoreWords(text, capitalised, tick);
    for (let index = 0; index < count; ) {
      const first = index;
      let highest = 0;
      while (
        index < count &&
        scores[index]! >= threshold &&
        (index === first ||
          (isJoined(text, capitalised[index * 2 - 1]!, capitalised[index * 2]!) && index - first < 6))
      ) {
        highest = Math.max(highest, scores[index]!);
        index++;
      }
      if (index === first) {
        index++;
        continue;
      }
      const start = capitalised[first * 2]!;
      const end = capitalised[index * 2 - 1]!;
      if (end - start > 1) emit(start, end, "person", probability(highest));
    }
  },
};

/** Logits: 0 is even odds. */
const threshold = 0;
const certain = 3;
const nameBits = givenBit | familyBit;
const weights = decodeWeights();
const features = new Int32Array(mostFeatures);
const introductions = new Set(
  "name named called dear hi hello hey regards sincerely cheers attn signed i'm am mr mrs ms miss dr prof professor herr frau monsieur madame señor señora signor signora".split(
    " ",
  ),
);

function scoreWords(text: string, capitalised: readonly number[], tick: () => void): Float32Array {
  const count = capitalised.length / 2;
  const scores = new Float32Array(count);
  let before = -1;
  let bits = count > 0 ? lexiconBits(text, capitalised[0]!, capitalised[1]!) : 0;
  for (let index = 0; index < count; index++) {
    tick();
    const start = capitalised[index * 2]!;
    const end = capitalised[index * 2 + 1]!;
    let after = -1;
    let next = 0;
    if (index + 1 < count) {
      const following = capitalised[index * 2 + 2]!;
      next = lexiconBits(text, following, capitalised[index * 2 + 3]!);
      if (isJoined(text, end, following)) after = next;
    }
    scores[index] = scoreWord(text, start, end, bits, before, after);
    before = after < 0 ? -1 : bits;
    bits = next;
  }
  return scores;
}

function scoreWord(
  text: string,
  start: number,
  end: number,
  bits: number,
  before: number,
  after: number,
): number {
  if (
    (bits & (titleBit | organisationBit)) !== 0 ||
    ((after & organisationBit) === organisationBit && after > 0)
  )
    return -certain;
  // Half of all capitalised words begin a sentence with a word that everybody knows and stand alone.
  if (
    (bits & everydayBit) !== 0 &&
    ((bits & nameBits) === 0 || isStart(text, start)) &&
    (before <= 0 || (before & nameBits) === 0) &&
    (after <= 0 || (after & nameBits) === 0)
  )
    return -certain;
  const count = personFeatures(text, start, end, bits, before, after, features);
  let sum = 0;
  for (let index = 0; index < count; index++) sum += weights[features[index]!]!;
  const score = sum * personScale;
  if (score >= threshold || (bits & (everydayBit | organisationBit | placeBit)) !== 0) return score;
  return isIntroduced(text, start) ? certain : score;
}

/** "Dr. Weber", "my name is Weber", "Dear Weber". */
function isIntroduced(text: string, start: number): boolean {
  let end = start - 1;
  if (end < 1 || text.charCodeAt(end) !== 32) return false;
  if (".,:".includes(text[end - 1]!)) end--;
  let from = end;
  while (from > 0 && end - from < 12 && !/\s/.test(text[from - 1]!)) from--;
  const word = text.slice(from, end).toLowerCase();
  if (word === "is") return text.slice(Math.max(0, from - 5), from).toLowerCase() === "name ";
  return word !== "called" && introductions.has(word);
}

function probability(logit: number): number {
  return Math.max(0.5, 1 / (1 + Math.exp(-logit)));
}

function decodeWeights(): Int8Array {
  const bytes = Buffer.from(personWeights, "base64");
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether a capital at this place says nothing: the text, a line or a sentence begins here. */
function isStart(text: string, start: number): boolean {
  if (start < 2) return true;
  const before = text.charCodeAt(start - 1);
  return before === 10 || (before === 32 && ".!?:\n".includes(text[start - 2]!));
}
