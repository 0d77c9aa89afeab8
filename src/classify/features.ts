import type { Embedding } from "./embedding.ts";
import { formOf } from "./form.ts";
import { PHRASE_GROUPS, type PhraseMatch } from "./lexicon/lexicon.ts";
import { NEAR_PAIR_NAMES, nearPairs } from "./near-pairs.ts";
import type { Reading, ReadSegment } from "./reading.ts";
import { READING_LOAD_NAMES } from "./reading-load.ts";
import { scoreByRules } from "./rules.ts";
import { STRUCTURE_NAMES } from "./structure.ts";
import { WORD_LEVEL_NAMES, type WordLevels } from "./word-levels.ts";
import { createSequenceCollector, type WordSequences } from "./word-sequences.ts";

/** What a model is given of a text. Training and serving use this same code. */
export interface Features extends WordSequences {
  /** Numbers about 0 to 1, named by `denseNames`. */
  dense: Float32Array;
  /** What the rules make of each class of work: where the model starts from. */
  rules: Float32Array;
}

/** Turns readings into features. */
export interface Featuriser {
  /** Names for people, one for each dense feature; those of an embedding are "". */
  denseNames: readonly string[];
  /** The first dense features are these embeddings, one after the other. */
  embeddings: readonly EmbeddingPart[];
  dimensions: number;
  featurise(reading: Reading): Features;
}

/** A part of the text that is represented by the mean of its word vectors. */
export type EmbeddingPart = "instruction" | "text" | "inner request";

/** Make the featuriser over an embedding and the levels of words. */
export function createFeaturiser(embedding: Embedding, levels: WordLevels): Featuriser {
  const { dimensions } = embedding;
  const start = EMBEDDING_PARTS.length * dimensions;
  const names = [
    ...new Array<string>(start).fill(""),
    ...FORM_NAMES,
    ...WORD_LEVEL_NAMES,
    ...PHRASE_NAMES,
    ...NEAR_PAIR_NAMES,
  ];
  const levelStart = start + FORM_NAMES.length;
  const collectSequences = createSequenceCollector();
  return {
    denseNames: names,
    embeddings: EMBEDDING_PARTS,
    dimensions,
    featurise: (reading) => {
      const form = formOf(reading);
      const dense = new Float32Array(names.length);
      writeEmbeddings(dense, reading, embedding);
      dense.set(form.structure, start);
      dense.set(form.load, start + STRUCTURE_NAMES.length);
      dense.set(levels.measure(form.hashes), levelStart);
      const counts = dense.subarray(levelStart + WORD_LEVEL_NAMES.length);
      countPhrases(counts, reading);
      nearPairs(counts.subarray(PHRASE_NAMES.length), reading.matches.risk);
      return {
        dense,
        ...collectSequences(reading, form.hashes),
        rules: scoreByRules(reading, form.structure),
      };
    },
  };
}

/** What is measured of form, in its order. */
export const FORM_NAMES: readonly string[] = [...STRUCTURE_NAMES, ...READING_LOAD_NAMES];
const PHRASE_NAMES = [
  ...PHRASE_GROUPS.task.map((group) => `words for ${group}`),
  ...PHRASE_GROUPS.task.map((group) => `opening words for ${group}`),
  ...PHRASE_GROUPS.task.map((group) => `words for ${group} in the material`),
  ...PHRASE_GROUPS.risk.map((group) => `${group} words`),
  ...PHRASE_GROUPS.injection.map((group) => `${group} words in the instruction`),
  ...PHRASE_GROUPS.injection.map((group) => `${group} words in the material`),
  ...PHRASE_GROUPS.difficulty.map((group) => `${group} words of level`),
];

const EMBEDDING_PARTS: readonly EmbeddingPart[] = ["instruction", "text", "inner request"];
const TEXT_WORDS = 600;

/** Every word is looked up once: the whole text is the sum of its parts and of what lies between them. */
function writeEmbeddings(dense: Float32Array, reading: Reading, embedding: Embedding): void {
  const { words, instruction, innerRequest } = reading;
  const { dimensions } = embedding;
  const [first, text, inner] = [0, 1, 2].map((part) =>
    dense.subarray(part * dimensions, (part + 1) * dimensions),
  ) as [Float32Array, Float32Array, Float32Array];
  const parts = [
    ...instruction.map((segment) => ({ segment, target: first, known: 0 })),
    ...(innerRequest === undefined ? [] : [{ segment: innerRequest, target: inner, known: 0 }]),
  ].sort((a, b) => a.segment.start - b.segment.start);
  let [position, textKnown, instructionKnown] = [0, 0, 0];
  for (const part of parts) {
    const { start, end } = part.segment;
    textKnown += embedding.sum(words, text, position, Math.min(start, TEXT_WORDS));
    part.known = embedding.sum(words, part.target, start, end);
    if (part.target === first) instructionKnown += part.known;
    // A part that goes on beyond the limit counts as a whole, since its sum is there already.
    if (start < TEXT_WORDS) textKnown += part.known;
    position = end;
  }
  textKnown += embedding.sum(words, text, position, Math.min(words.length, TEXT_WORDS));
  for (let column = 0; column < dimensions; column++) text[column]! += first[column]! + inner[column]!;
  scale(first, 1 / Math.max(1, instructionKnown));
  scale(text, 1 / Math.max(1, textKnown));
  scale(inner, 1 / Math.max(1, parts.find(({ target }) => target === inner)?.known ?? 0));
}

function scale(vector: Float32Array, factor: number): void {
  for (let index = 0; index < vector.length; index++) vector[index]! *= factor;
}

/** Adds what the phrases of every list say, in the order of PHRASE_NAMES. */
function countPhrases(counts: Float32Array, reading: Reading): void {
  const { task, risk, injection, difficulty } = reading.matches;
  const groups = PHRASE_GROUPS.task.length;
  countTasks(counts, task, reading.instruction);
  let start = 3 * groups;
  for (const { phrase } of risk) addUpTo(counts, start + phrase.group, 0.34, 1);
  start += PHRASE_GROUPS.risk.length;
  for (const { phrase, position } of injection) {
    const place = placeOf(position, reading.instruction) < 0 ? PHRASE_GROUPS.injection.length : 0;
    addUpTo(counts, start + place + phrase.group, 0.34, 1);
  }
  start += 2 * PHRASE_GROUPS.injection.length;
  for (const { phrase } of difficulty) addUpTo(counts, start + phrase.group, 0.34, 1);
}

/** Distinct phrases of each task in the instruction, at its opening, and in the rest. */
function countTasks(
  counts: Float32Array,
  matches: readonly PhraseMatch[],
  instruction: readonly ReadSegment[],
): void {
  const groups = PHRASE_GROUPS.task.length;
  const seen = new Set<number>();
  for (const { phrase, position } of matches) {
    if (seen.has(phrase.id)) continue;
    seen.add(phrase.id);
    const place = placeOf(position, instruction);
    if (place < 0) addUpTo(counts, 2 * groups + phrase.group, phrase.weight / 12, 1.5);
    else addUpTo(counts, phrase.group, phrase.weight / 5, 1.5);
    if (place >= 0 && place < 4) addUpTo(counts, groups + phrase.group, phrase.weight / 5, 1.5);
  }
}

/** How many words of its segment stand before a position of the instruction; -1 outside of it. */
function placeOf(position: number, instruction: readonly ReadSegment[]): number {
  for (const { start, end } of instruction) if (position >= start && position < end) return position - start;
  return -1;
}

function addUpTo(counts: Float32Array, index: number, amount: number, most: number): void {
  counts[index] = Math.min(most, counts[index]! + amount);
}
