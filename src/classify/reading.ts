import { type GlossedWord, gloss } from "./gloss/gloss.ts";
import { detectLanguage, type Language } from "./language.ts";
import { createPhraseMatcher, type PhraseMatch } from "./lexicon/phrase-matcher.ts";
import { TASK_PHRASES } from "./lexicon/task-phrases.ts";
import { normalise, wordsOf } from "./normalise.ts";
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
export interface Reading {
  normalised: string;
  language: Language;
  segments: readonly ReadSegment[];
  /** All words, in English where a gloss is known. At most WORD_LIMIT. */
  words: readonly GlossedWord[];
  /** Segments that say what is asked; never empty unless there are no segments. */
  instruction: readonly ReadSegment[];
  /** The other segments: material. */
  material: readonly ReadSegment[];
  /** The segment of the material that reads most like an instruction of its own, if any does. */
  innerRequest: ReadSegment | undefined;
  /** Phrases that tell the task, anywhere in the text. */
  taskMatches: readonly PhraseMatch[];
}

/** The most words that are looked at. */
export const WORD_LIMIT = 2_400;

/** Read any string. Bounded in time: long texts are sampled first. */
export function readText(text: string): Reading {
  const normalised = normalise(sampleText(text));
  const language = detectLanguage(normalised);
  const words: GlossedWord[] = [];
  const segments = splitSegments(normalised).map((segment) => {
    const start = words.length;
    const found = gloss(wordsOf(segment.text), language.code);
    words.push(...found.slice(0, WORD_LIMIT - start));
    return { ...segment, start, end: words.length, request: 0 };
  });
  const english = words.map((word) => word.english);
  const taskMatches = TASK_MATCHER.match(english, sentenceStarts(segments, english));
  for (const segment of segments) segment.request = requestScore(segment, english, taskMatches);
  const instruction = chooseInstruction(segments);
  const material = segments.filter((segment) => !instruction.includes(segment));
  return {
    normalised,
    language,
    segments,
    words,
    instruction,
    material,
    innerRequest: strongest(material),
    taskMatches,
  };
}

/** Finds the phrases that tell the task. */
export const TASK_MATCHER = createPhraseMatcher(TASK_PHRASES);

/** Words of courtesy that may stand before the verb of a request. */
const COURTESY = new Set(
  "please can could would will you kindly help me i want need to like would'd i'd and then now also just hi hello hey ok okay so let's for the your task is us let must should".split(
    " ",
  ),
);

/** Sentences begin at segments, and again after leading words of courtesy ("could you please ..."). */
export function sentenceStarts(segments: readonly ReadSegment[], words: readonly string[]): Set<number> {
  const starts = new Set<number>();
  for (const segment of segments) {
    if (segment.kind !== "prose") continue;
    let position = segment.start;
    starts.add(position);
    while (
      position < segment.end &&
      position < segment.start + 8 &&
      COURTESY.has(words[position] as string)
    ) {
      position++;
      starts.add(position);
    }
  }
  return starts;
}

function requestScore(
  segment: ReadSegment,
  words: readonly string[],
  matches: readonly PhraseMatch[],
): number {
  if (segment.kind !== "prose") return 0;
  let score = 0;
  let seen = 0;
  for (const match of matches) {
    if (match.position < segment.start || match.position >= segment.end) continue;
    if (seen++ < 3) score += match.weight * (match.position - segment.start < 5 ? 0.6 : 0.3);
  }
  const first = words[segment.start] ?? "";
  if (REQUEST_WORDS.has(first)) score += 0.8;
  if (/[?？؟]["')]?$/.test(segment.text)) score += 1.2;
  if (/[:：]$/.test(segment.text)) score += 0.5;
  const length = segment.end - segment.start;
  return length > 45 ? score * 0.6 : score;
}

const REQUEST_WORDS = new Set(
  "please can could would what who when where why how which is are do does did i write give make create explain tell list find use add include answer respond reply say output print show let if".split(
    " ",
  ),
);

const INSTRUCTION_WORDS = 90;

/** Instructions stand at the start or at the end; of several requests the strongest are kept, up to a length. */
function chooseInstruction(segments: readonly ReadSegment[]): ReadSegment[] {
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
