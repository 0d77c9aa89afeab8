import { gloss, readsAsItStands } from "./gloss/gloss.ts";
import { detectLanguage, type Language } from "./language.ts";
import { type Findings, lookUp, type PhraseMatch } from "./lexicon/lexicon.ts";
import { isPlain, normalise, wordsOf } from "./normalise.ts";
import { sampleText } from "./sample-text.ts";
import { type Segment, splitSegments } from "./segments.ts";

/** A segment with its words and how much it reads like an instruction. */
export interface ReadSegment extends Segment {
  /** Position of its first word in Reading.words. */
  start: number;
  /** Position after its last word. */
  end: number;
  /** How much it reads like something asked of the reader, wherever it stands; about 0 to 6. */
  request: number;
}

/** One text, read: what every feature is computed from. */
export interface Reading extends Findings {
  /** As it was written, but for the windows between if it is long. */
  sample: string;
  normalised: string;
  /** Whether `normalised` is nothing but ASCII. */
  plain: boolean;
  language: Language;
  segments: readonly ReadSegment[];
  /** All words, in English where a gloss is known. At most WORD_LIMIT. */
  words: readonly string[];
  /** The words as they stand in the text, where a dictionary was asked; else none. */
  foreign: readonly string[];
  /** How many of them a dictionary was needed for. */
  glossedCount: number;
  /** Segments that say what is asked; never empty unless there are no segments. */
  instruction: readonly ReadSegment[];
  /** The other segments: material. */
  material: readonly ReadSegment[];
  /** The segment of the material that reads most like an instruction of its own, if any does. */
  innerRequest: ReadSegment | undefined;
}

/** The most words that are looked at. */
export const WORD_LIMIT = 2_400;

/** Read any string. Bounded in time: long texts are sampled first. */
export function readText(text: string): Reading {
  const sample = sampleText(text);
  const normalised = normalise(sample);
  const plain = isPlain(normalised);
  const segments: ReadSegment[] = [];
  const originals: string[] = [];
  for (const segment of splitSegments(normalised)) {
    const start = originals.length;
    for (const word of wordsOf(segment.text, plain)) if (originals.length < WORD_LIMIT) originals.push(word);
    const { text: own, kind, fenced } = segment;
    segments.push({ text: own, kind, fenced, start, end: originals.length, request: 0 });
  }
  const language = detectLanguage(normalised, originals, plain);
  const { words, foreign, glossedCount } = readsAsItStands(language.code, plain)
    ? { words: originals, foreign: [], glossedCount: 0 }
    : glossSegments(originals, segments, language.code);
  const { matches, traits } = lookUp(words, sentenceStarts(segments, words));
  scoreRequests(segments, words, matches.task);
  const instruction = chooseInstruction(segments);
  const material = segments.filter((segment) => !instruction.includes(segment));
  return {
    sample,
    normalised,
    plain,
    language,
    segments,
    words,
    foreign,
    glossedCount,
    instruction,
    material,
    innerRequest: strongest(material),
    matches,
    traits,
  };
}

/** Puts the words into English and moves the segments' ends to where their words now are. */
function glossSegments(
  originals: readonly string[],
  segments: readonly ReadSegment[],
  code: string,
): { words: string[]; foreign: readonly string[]; glossedCount: number } {
  const words: string[] = [];
  let glossedCount = 0;
  for (const segment of segments) {
    const start = words.length;
    for (const { english, original } of gloss(originals.slice(segment.start, segment.end), code)) {
      if (words.length >= WORD_LIMIT) break;
      words.push(english);
      if (english !== original) glossedCount++;
    }
    segment.start = start;
    segment.end = words.length;
  }
  return { words, foreign: originals, glossedCount };
}

/** Words of courtesy that may stand before the verb of a request. */
const COURTESY = new Set(
  "please can could would will you kindly help me i want need to like would'd i'd and then now also just hi hello hey ok okay so let's for the your task is us let must should".split(
    " ",
  ),
);

const MOST_COURTESY = 8;

/** Sentences begin at segments, and again after leading words of courtesy ("could you please ..."). */
function sentenceStarts(segments: readonly ReadSegment[], words: readonly string[]): Uint8Array {
  const starts = new Uint8Array(words.length + 1);
  for (const { kind, start, end } of segments) {
    if (kind !== "prose") continue;
    const last = Math.min(end, start + MOST_COURTESY);
    let position = start;
    starts[position] = 1;
    while (position < last && COURTESY.has(words[position]!)) starts[++position] = 1;
  }
  return starts;
}

const REQUEST_WORDS = new Set(
  "please can could would what who when where why how which is are do does did i write give make create explain tell list find use add include answer respond reply say output print show let if".split(
    " ",
  ),
);

const COUNTED_MATCHES = 3;

/** Segments and matches are both in order of position, so one walk finds the matches of every segment. */
function scoreRequests(
  segments: readonly ReadSegment[],
  words: readonly string[],
  matches: readonly PhraseMatch[],
): void {
  let next = 0;
  for (const segment of segments) {
    let score = 0;
    let seen = 0;
    for (; next < matches.length && matches[next]!.position < segment.end; next++) {
      const { phrase, position } = matches[next]!;
      if (seen++ < COUNTED_MATCHES) score += phrase.weight * (position - segment.start < 5 ? 0.6 : 0.3);
    }
    if (segment.kind !== "prose") continue;
    if (REQUEST_WORDS.has(words[segment.start] ?? "")) score += 0.8;
    const mark = lastMark(segment.text);
    if (QUESTION_MARKS.includes(mark)) score += 1.2;
    if (COLONS.includes(segment.text.at(-1)!)) score += 0.5;
    segment.request = segment.end - segment.start > 45 ? score * 0.6 : score;
  }
}

/** Marks with which a question ends. */
export const QUESTION_MARKS = "?？؟";
/** Marks after which something is to follow. */
export const COLONS = ":：";

/** The last character of a text, or the one before where a quote or bracket closes it; a blank if there is none. */
export function lastMark(text: string): string {
  const last = text.at(-1) ?? " ";
  return "\"')".includes(last) ? (text.at(-2) ?? " ") : last;
}

const INSTRUCTION_WORDS = 90;

/** Instructions stand at the start or at the end; of several requests the strongest are kept, up to a length. */
function chooseInstruction(segments: readonly ReadSegment[]): ReadSegment[] {
  if (segments.length <= 1) return [...segments];
  const last = segments.length - 1;
  const score = (segment: ReadSegment, index: number): number =>
    segment.kind === "prose"
      ? segment.request + (index === 0 ? 1.5 : index === 1 ? 0.5 : 0) + (index === last ? 1 : 0)
      : -1 + (index === 0 ? 0.1 : 0);
  const ranked = segments
    .map((segment, index) => ({ segment, score: score(segment, index) }))
    .sort((a, b) => b.score - a.score);
  const top = ranked[0];
  if (top === undefined) return [];
  const chosen = [top.segment];
  let length = top.segment.end - top.segment.start;
  for (const { segment, score: value } of ranked.slice(1, 4)) {
    length += segment.end - segment.start;
    if (value < Math.max(1.2, top.score * 0.55) || length > INSTRUCTION_WORDS) break;
    chosen.push(segment);
  }
  return chosen.sort((a, b) => a.start - b.start);
}

function strongest(segments: readonly ReadSegment[]): ReadSegment | undefined {
  let best: ReadSegment | undefined;
  for (const segment of segments) {
    if (segment.kind === "prose" && segment.request > (best?.request ?? 0)) best = segment;
  }
  return best;
}
