import { type CharacterCounts, sumBetween, sumOf } from "./character-counts.ts";
import { TRAITS } from "./lexicon/lexicon.ts";
import { COLONS, lastMark, QUESTION_MARKS, type Reading, type ReadSegment } from "./reading.ts";
import type { WordHashes } from "./word-hashes.ts";

/** The names of the structural features, in the order of `structureOf`. */
export const STRUCTURE_NAMES = [
  "length of the text",
  "length of the instruction",
  "length of the material",
  "some material is given",
  "much material is given",
  "share of the instruction",
  "instruction at the start",
  "instruction at the end",
  "number of requests",
  "a request inside the material",
  "strength of the instruction",
  "share of code",
  "a code block",
  "some code",
  "a table",
  "a question mark",
  "ends with a question",
  "several questions",
  "ends with a colon",
  "a quotation",
  "share of digits",
  "some numbers",
  "many numbers",
  "mathematical signs",
  "mathematical notation",
  "lettered choices",
  "a numbered list",
  "a bulleted list",
  "a labelled input",
  "a labelled answer to fill in",
  "an address of a page",
  "an error trace",
  "very short",
  "short",
  "long",
  "very long",
  "speaks to the assistant",
  "speaks of oneself",
  "not in English",
  "read through a dictionary",
  "material in another language",
  "length of words",
  "variety of words",
  "repeated signs",
  "line breaks",
  "a placeholder",
  "a gap to fill",
  "JSON",
] as const;

/**
 * Facts about the form of a text, each about 0 to 1: what can be seen without knowing what any word means. A search runs only
 * where the characters that it needs occur at all.
 */
export function structureOf(reading: Reading, counts: CharacterCounts, hashes: WordHashes): number[] {
  const { normalised: text, segments, instruction, words } = reading;
  const has = (characters: string): boolean => sumOf(counts.ascii, characters) > 0;
  const instructionLength = lengthOf(instruction);
  const materialLength = lengthOf(reading.material);
  const digits = sumBetween(counts.ascii, 48, 57);
  const latin = sumBetween(counts.ascii, 97, 122);
  const code = codeOf(segments);
  const breaks = counts.ascii[NEWLINE]!;
  const colon = has(":") || (!reading.plain && text.includes("："));
  return [
    log(text.length, 9),
    log(instructionLength, 4.5),
    log(materialLength, 7),
    flag(materialLength > 12),
    flag(materialLength > 60),
    instructionLength / Math.max(1, instructionLength + materialLength),
    flag(segments.length > 0 && instruction.includes(segments[0]!)),
    flag(segments.length > 0 && instruction.includes(segments.at(-1)!)),
    Math.min(1, segments.reduce((sum, { request }) => sum + flag(request >= 1.5), 0) / 5),
    Math.min(1, (reading.innerRequest?.request ?? 0) / 4),
    Math.min(1, instruction.reduce((most, { request }) => Math.max(most, request), 0) / 5),
    code.length / Math.max(1, text.length),
    flag(code.fenced),
    flag(code.some),
    flag(code.table),
    flag(counts.questions > 0),
    flag(QUESTION_MARKS.includes(lastMark(text))),
    flag(counts.questions > 1),
    flag(text !== "" && COLONS.includes(text.at(-1)!)),
    flag(counts.quotes > 1 && /["“«「].{12,}["”»」]/.test(text)),
    Math.min(1, (digits / Math.max(1, text.length)) * 5),
    flag(counts.numbers > 0),
    Math.min(1, counts.numbers / 6),
    Math.min(1, counts.arithmetic / 6),
    flag((has("$\\^+*/=(-") || counts.arithmetic > 0) && NOTATION.test(text)),
    flag(has(").:") && CHOICES.test(text)),
    flag(breaks > 0 && has("1") && /(?:^|\n)\s*1[).] [\s\S]{1,500}?\n\s*2[).] /.test(text)),
    flag(breaks > 0 && (text.match(/(?:^|\n)\s*[-*•] /g)?.length ?? 0) >= 2),
    flag(colon && LABELLED_INPUT.test(text)),
    flag((colon || breaks > 0) && LABELLED_ANSWER.test(text.slice(-LABEL_LENGTH))),
    flag(text.includes("http") ? /https?:\/\//.test(text) : text.includes("www.")),
    flag(has(":,(") && /traceback|file ".*", line \d|\w(?:error|exception)\b ?:|at \w+\.\w+\(/.test(text)),
    flag(words.length <= 4),
    flag(words.length > 4 && words.length <= 12),
    flag(words.length > 80),
    flag(words.length > 300),
    Math.min(1, countTrait(reading.traits, TRAITS.assistant) / 3),
    Math.min(1, countTrait(reading.traits, TRAITS.self) / 4),
    flag(reading.language.code !== "en" && reading.language.code !== ""),
    reading.glossedCount / Math.max(1, words.length),
    flag(latin > 20 && counts.beyondAscii > text.length * 0.2 && countForeign(text) > text.length * 0.2),
    Math.min(1, latin / Math.max(1, words.length) / 8),
    hashes.distinct / Math.max(1, hashes.total),
    flag(counts.repeatedSigns),
    log(breaks, 4),
    flag(has("{[<") && /\{\{?\w+\}?\}|\[\w+( \w+)?\]|<\w+>/.test(text)),
    flag(has("_.[") && /__|\.{4}|\[blank\]/.test(text)),
    flag(colon && has("{[") && /[{[]\s*"?\w+"?\s*:/.test(text)),
  ];
}

const NEWLINE = 10;
const NOTATION =
  /\$[^$\n]{1,200}\$|\\frac|\\sqrt|\\begin|\b[a-z]\^\d|\d\s*[-+*/×÷]\s*\d|\b[fg]\(\w\)|\b\d*x\s*[-+=]/;
const CHOICES = /(?:^|\n| )\(?a[).:] ?[\s\S]{1,300}?(?:\n| )\(?b[).:]/;
const LABELLED_INPUT =
  /(?:^|\n)(?:input|text|passage|context|article|review|sentence|document|email|paragraph|输入|文本|文章) ?[:：]/;
const LABELLED_ANSWER =
  /(?:^|\n)(?:answer|output|response|summary|label|translation|输出|答案|回答) ?[:：]?$/;
/** No label, with the line break before it, is longer. */
const LABEL_LENGTH = 16;

/** Measures in words; a script without blanks counts by its characters. */
function lengthOf(segments: readonly ReadSegment[]): number {
  return segments.reduce(
    (total, segment) => total + Math.max(segment.end - segment.start, segment.text.length / 12),
    0,
  );
}

function codeOf(segments: readonly ReadSegment[]): {
  length: number;
  some: boolean;
  fenced: boolean;
  table: boolean;
} {
  const found = { length: 0, some: false, fenced: false, table: false };
  for (const { kind, text, fenced } of segments) {
    if (kind === "table") found.table = true;
    if (kind !== "code") continue;
    found.some = true;
    found.length += text.length;
    if (fenced) found.fenced = true;
  }
  return found;
}

function flag(condition: boolean): number {
  return condition ? 1 : 0;
}

function log(value: number, top: number): number {
  return Math.min(1.2, Math.log1p(value) / top);
}

function countTrait(traits: Uint8Array, trait: number): number {
  let count = 0;
  for (let position = 0; position < traits.length; position++) if ((traits[position]! & trait) !== 0) count++;
  return count;
}

/** Letters beyond ASCII. */
function countForeign(text: string): number {
  return text.match(/[^\p{ASCII}\p{P}\p{S}]/gu)?.length ?? 0;
}
