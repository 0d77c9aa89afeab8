import { withCapitals } from "./caseless-text.ts";
import type { Detector, Emit } from "./detector.ts";
import {
  everydayBit,
  familyBit,
  givenBit,
  isJoined,
  lastContext,
  lexiconBits,
  mostFeatures,
  organisationBit,
  personFeatures,
  placeBit,
  previousWordHashes,
  titleBit,
} from "./person-features.ts";
import { personScale, personWeights } from "./person-model.ts";
import { type Anchors, scanAnchors } from "./scan.ts";

/**
 * Names of persons, in scripts that have capitals. A small trained model judges every capitalised word by what the lists
 * know of it, its letters and its neighbours; words judged to be names and joined to each other make one name. Where a
 * title or an introduction stands in front, that decides alone.
 */
export const persons: Detector = {
  name: "persons",
  kinds: ["person"],
  run(anchors, emit, tick) {
    if (anchors.capitalised.length > 0) return findNames(anchors, emit, tick);
    const capitals = withCapitals(anchors.text, anchors.units);
    if (capitals !== undefined) findNames(scanAnchors(capitals, true), emit, tick);
  },
};

/** Logits. The bias is set where precision and recall on texts of unseen templates balance. */
const bias = 0.5;
const threshold = 0;
const joinedThreshold = -2.5;
const certain = 3;
const mostWords = 6;
const nameBits = givenBit | familyBit;
const weights = decodeWeights();
const features = new Int32Array(mostFeatures);
const introductions = new Set(
  (
    "named dear hi hello hey regards sincerely cheers attn signed am mr mrs ms miss dr prof professor herr frau monsieur " +
    "madame señor señora signor signora"
  )
    .split(" ")
    .flatMap(previousWordHashes),
);
const [isHash] = previousWordHashes("is");
const [nameHash] = previousWordHashes("name");

function findNames({ text, units, capitalised }: Anchors, emit: Emit, tick: () => void): void {
  const count = capitalised.length / 2;
  scoreWords(units, text.length, capitalised, tick);
  spreadToJoined(units, capitalised, count);
  for (let index = 0; index < count; ) {
    const first = index;
    let highest = 0;
    while (
      index < count &&
      scores[index]! >= threshold &&
      (index === first || isJoined(units, capitalised[index * 2 - 1]!, capitalised[index * 2]!)) &&
      index - first < mostWords
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
    if (end - start > 1) emit(start, end, "person", 1 / (1 + Math.exp(-highest)));
  }
}

/** How far each capitalised word of the text at hand is a name, in logits; kept so that not each text needs an array. */
let scores = new Float32Array(256);

function scoreWords(
  units: Uint16Array,
  length: number,
  capitalised: readonly number[],
  tick: () => void,
): void {
  const count = capitalised.length / 2;
  if (count > scores.length) scores = new Float32Array(count * 2);
  let before = -1;
  let bits = lexiconBits(units, capitalised[0]!, capitalised[1]!);
  for (let index = 0; index < count; index++) {
    tick();
    const start = capitalised[index * 2]!;
    const end = capitalised[index * 2 + 1]!;
    let after = -1;
    let next = 0;
    if (index + 1 < count) {
      const following = capitalised[index * 2 + 2]!;
      next = lexiconBits(units, following, capitalised[index * 2 + 3]!);
      if (isJoined(units, end, following)) after = next;
    }
    scores[index] = cannotBeName(units, start, bits, before, after)
      ? -certain
      : scoreWord(units, length, start, end, bits, before, after);
    before = after < 0 ? -1 : bits;
    bits = next;
  }
}

/** A word beside a name and joined to it needs less of its own: given names pull in unlisted family names. */
function spreadToJoined(units: Uint16Array, capitalised: readonly number[], count: number): void {
  for (let index = 0; index + 1 < count; index++) {
    const here = scores[index]!;
    const there = scores[index + 1]!;
    if (here >= threshold === there >= threshold || Math.min(here, there) < joinedThreshold) continue;
    if (!isJoined(units, capitalised[index * 2 + 1]!, capitalised[index * 2 + 2]!)) continue;
    scores[here < there ? index : index + 1] = threshold;
  }
}

/** What needs no model: titles, organisations, and the everyday words that half of all capitals belong to. */
function cannotBeName(
  units: Uint16Array,
  start: number,
  bits: number,
  before: number,
  after: number,
): boolean {
  if ((bits & (titleBit | organisationBit)) !== 0) return true;
  if (after > 0 && (after & organisationBit) !== 0) return true;
  if ((bits & everydayBit) === 0) return false;
  if ((before > 0 && (before & nameBits) !== 0) || (after > 0 && (after & nameBits) !== 0)) return false;
  return (bits & nameBits) === 0 || isStart(units, start);
}

function scoreWord(
  units: Uint16Array,
  length: number,
  start: number,
  end: number,
  bits: number,
  before: number,
  after: number,
): number {
  const count = personFeatures(units, length, start, end, bits, before, after, features);
  let sum = 0;
  for (let index = 0; index < count; index++) sum += weights[features[index]!]!;
  const score = sum * personScale + bias;
  if (score >= threshold || (bits & (everydayBit | placeBit)) !== 0) return score;
  return isIntroduced() ? certain : score;
}

/** "Dr. Weber", "my name is Weber", "Dear Weber": the word just scored stands behind one that introduces a name. */
function isIntroduced(): boolean {
  const { previous, secondPrevious } = lastContext();
  return introductions.has(previous) || (previous === isHash && secondPrevious === nameHash);
}

/** Whether a capital at this place says nothing: the text, a line or a sentence begins here. */
function isStart(units: Uint16Array, start: number): boolean {
  if (start < 2) return true;
  const before = units[start - 1];
  return before === 10 || (before === 32 && sentenceEnds.has(units[start - 2]!));
}

const sentenceEnds = new Set([...".!?:\n"].map((sign) => sign.charCodeAt(0)));

function decodeWeights(): Int8Array {
  const bytes = Buffer.from(personWeights, "base64");
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
