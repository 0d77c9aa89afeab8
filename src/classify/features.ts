import type { Embedding } from "./embedding.ts";
import { DIFFICULTY_PHRASES } from "./lexicon/difficulty-phrases.ts";
import { createPhraseMatcher, type PhraseMatch, type PhraseMatcher } from "./lexicon/phrase-matcher.ts";
import { INJECTION_PHRASES, RISK_PHRASES } from "./lexicon/risk-phrases.ts";
import { type Reading, type ReadSegment, sentenceStarts, TASK_MATCHER } from "./reading.ts";
import { scoreByRules } from "./rules.ts";
import { STRUCTURE_NAMES, structureOf } from "./structure.ts";

/** What a model is given of a text. Training and serving use this same code. */
export interface Features {
  /** Numbers about 0 to 1, named by `denseNames`. */
  dense: Float32Array;
  /** Numbers of the hashed word sequences, each once, below HASH_SIZE. */
  hashed: Uint32Array;
  /** The word sequence behind each hashed number. */
  hashedNames: readonly string[];
  /** What the rules make of each class of work: where the model starts from. */
  rules: Float32Array;
}

/** The number of buckets for word sequences. */
export const HASH_SIZE = 16_384;

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

/** Make the featuriser over an embedding. */
export function createFeaturiser(embedding: Embedding): Featuriser {
  const risk = createPhraseMatcher(RISK_PHRASES);
  const injection = createPhraseMatcher(INJECTION_PHRASES);
  const difficulty = createPhraseMatcher(DIFFICULTY_PHRASES);
  const size = EMBEDDING_PARTS.length * embedding.dimensions;
  const names = [
    ...new Array<string>(size).fill(""),
    ...STRUCTURE_NAMES,
    ...TASK_MATCHER.groups.map((group) => `words for ${group}`),
    ...TASK_MATCHER.groups.map((group) => `opening words for ${group}`),
    ...TASK_MATCHER.groups.map((group) => `words for ${group} in the material`),
    ...risk.groups.map((group) => `${group} words`),
    ...NEAR_PAIRS.map(([verb, target]) => `${verb} close to ${target}`),
    ...injection.groups.map((group) => `${group} words in the instruction`),
    ...injection.groups.map((group) => `${group} words in the material`),
    ...difficulty.groups.map((group) => `${group} words of level`),
  ];
  return {
    denseNames: names,
    embeddings: EMBEDDING_PARTS,
    dimensions: embedding.dimensions,
    featurise: (reading) => {
      const words = reading.words.map((word) => word.english);
      const starts = sentenceStarts(reading.segments, words);
      const risks = risk.match(words, starts);
      const dense = new Float32Array(names.length);
      writeEmbeddings(dense, reading, words, embedding);
      const structure = structureOf(reading);
      const values = [
        ...structure,
        ...taskCounts(reading),
        ...groupCounts(risk, risks),
        ...nearPairs(risk, risks),
        ...splitCounts(injection, injection.match(words, starts), reading),
        ...groupCounts(difficulty, difficulty.match(words, starts)),
      ];
      dense.set(values, size);
      return { dense, ...hashWords(reading, words), rules: scoreByRules(reading, structure) };
    },
  };
}

const EMBEDDING_PARTS: readonly EmbeddingPart[] = ["instruction", "text", "inner request"];

/** The words of one part of a text, in order. */
export function wordsOfPart(part: EmbeddingPart, reading: Reading, words: readonly string[]): string[] {
  const of = (segments: readonly ReadSegment[]): string[] =>
    segments.flatMap((segment) => words.slice(segment.start, segment.end));
  switch (part) {
    case "instruction":
      return of(reading.instruction);
    case "text":
      return words.slice(0, TEXT_WORDS);
    case "inner request":
      return reading.innerRequest === undefined ? [] : of([reading.innerRequest]);
  }
}

const TEXT_WORDS = 600;

function writeEmbeddings(
  dense: Float32Array,
  reading: Reading,
  words: readonly string[],
  embedding: Embedding,
): void {
  EMBEDDING_PARTS.forEach((part, index) => {
    const start = index * embedding.dimensions;
    const target = dense.subarray(start, start + embedding.dimensions);
    const known = embedding.sum(wordsOfPart(part, reading, words), target);
    const scale = 1 / Math.max(1, known);
    for (let column = 0; column < target.length; column++)
      target[column] = (target[column] as number) * scale;
  });
}

/** Distinct phrases of each task in the instruction, at its opening, and in the rest. */
function taskCounts(reading: Reading): Float32Array {
  const groups = TASK_MATCHER.groups.length;
  const counts = new Float32Array(3 * groups);
  const seen = new Set<string>();
  for (const match of reading.taskMatches) {
    const key = `${match.group}:${match.phrase}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const segment = reading.instruction.find(
      (part) => match.position >= part.start && match.position < part.end,
    );
    const place = segment === undefined ? 2 : match.position - segment.start < 4 ? 1 : 0;
    const add = (index: number, amount: number): void => {
      counts[index] = Math.min(1.5, (counts[index] as number) + amount);
    };
    if (place === 1) add(match.group, match.weight / 5);
    add(place * groups + match.group, match.weight / (place === 2 ? 12 : 5));
  }
  return counts;
}

function groupCounts(matcher: PhraseMatcher, matches: readonly PhraseMatch[]): Float32Array {
  const counts = new Float32Array(matcher.groups.length);
  for (const match of matches) counts[match.group] = Math.min(1, (counts[match.group] as number) + 0.34);
  return counts;
}

function splitCounts(
  matcher: PhraseMatcher,
  matches: readonly PhraseMatch[],
  reading: Reading,
): Float32Array {
  const inInstruction = (match: PhraseMatch): boolean =>
    reading.instruction.some((segment) => match.position >= segment.start && match.position < segment.end);
  const counts = new Float32Array(2 * matcher.groups.length);
  counts.set(groupCounts(matcher, matches.filter(inInstruction)), 0);
  counts.set(
    groupCounts(
      matcher,
      matches.filter((match) => !inInstruction(match)),
    ),
    matcher.groups.length,
  );
  return counts;
}

/** What is done, to whom: a verb of harm means another thing before "python process" than before "my neighbour". */
const NEAR_PAIRS: readonly (readonly [string, string])[] = [
  ["attack_verb", "human"],
  ["attack_verb", "thing"],
  ["attack_verb", "fiction"],
  ["attack_verb", "learning"],
  ["theft_verb", "human"],
  ["theft_verb", "thing"],
  ["theft_verb", "fiction"],
  ["how_to", "attack_verb"],
  ["how_to", "theft_verb"],
  ["how_to", "weapon_drug"],
  ["how_to", "cyber"],
  ["learning", "weapon_drug"],
  ["persuade", "hate"],
  ["persuade", "deceit"],
  ["protective", "attack_verb"],
  ["protective", "cyber"],
  ["protective", "theft_verb"],
];

const NEAR = 6;

function nearPairs(matcher: PhraseMatcher, matches: readonly PhraseMatch[]): Float32Array {
  const few = matches.slice(0, 200);
  const found = new Float32Array(NEAR_PAIRS.length);
  NEAR_PAIRS.forEach(([first, second], index) => {
    const before = matcher.groups.indexOf(first);
    const after = matcher.groups.indexOf(second);
    const near = few.some(
      (a) =>
        a.group === before &&
        few.some((b) => b.group === after && b.position >= a.position && b.position - a.position <= NEAR),
    );
    if (near) found[index] = 1;
  });
  return found;
}

const INSTRUCTION_WORDS = 70;
const HASHED_WORDS = 260;

/** Words and pairs of words of the instruction, its opening, and words and pairs of the whole. */
function hashWords(
  reading: Reading,
  words: readonly string[],
): { hashed: Uint32Array; hashedNames: string[] } {
  const names = new Map<number, string>();
  // A name is put together only where it is new; its hash needs the parts alone.
  const add = (space: number, first: string, second?: string): void => {
    const start = hash(first, space);
    const bucket = (second === undefined ? start : hash(second, hash(" ", start))) % HASH_SIZE;
    if (!names.has(bucket)) names.set(bucket, second === undefined ? first : `${first} ${second}`);
  };
  const instruction = wordsOfPart("instruction", reading, words).slice(0, INSTRUCTION_WORDS).map(shape);
  if (instruction.length > 0) add(OPENING, instruction.slice(0, 2).join(" "));
  if (instruction.length > 2) add(OPENING, instruction.slice(0, 3).join(" "));
  for (let index = 0; index < instruction.length; index++) {
    add(INSTRUCTION, instruction[index] as string);
    if (index > 0) add(INSTRUCTION, instruction[index - 1] as string, instruction[index] as string);
  }
  const all = words.slice(0, HASHED_WORDS).map(shape);
  for (let index = 0; index < all.length; index++) {
    add(TEXT, all[index] as string);
    if (index > 0) add(TEXT, all[index - 1] as string, all[index] as string);
  }
  const buckets = [...names.keys()].sort((a, b) => a - b);
  return {
    hashed: Uint32Array.from(buckets),
    hashedNames: buckets.map((bucket) => names.get(bucket) as string),
  };
}

/** Any number is one word. */
function shape(word: string): string {
  return /^\d/.test(word) ? "0" : word;
}

/** FNV-1a over UTF-16 units, going on from another text's. */
function hash(text: string, start = 0x811c9dc5): number {
  let value = start;
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 0x01000193);
  }
  return value >>> 0;
}

const OPENING = hash("f:");
const INSTRUCTION = hash("i:");
const TEXT = hash("t:");
