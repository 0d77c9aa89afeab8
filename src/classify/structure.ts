import type { Reading } from "./reading.ts";

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

/** Facts about the form of a text, each about 0 to 1: what can be seen without knowing what any word means. */
export function structureOf(reading: Reading): Float32Array {
  const text = reading.normalised;
  const words = reading.words.map((word) => word.original);
  const instructionLength = lengthOf(reading.instruction);
  const materialLength = lengthOf(reading.material);
  const first = reading.segments[0];
  const last = reading.segments.at(-1);
  const code = reading.segments.filter((segment) => segment.kind === "code");
  const codeLength = code.reduce((total, segment) => total + segment.text.length, 0);
  const digits = totalLength(text, /\d+/g);
  const numbers = count(text, /\d+(?:[.,]\d+)*/g);
  const questions = count(text, /[?？؟]/g);
  const requests = reading.segments.filter((segment) => segment.request >= 1.5).length;
  const inner = reading.innerRequest?.request ?? 0;
  const latin = totalLength(text, /[a-z]+/g);
  const values = [
    log(text.length, 9),
    log(instructionLength, 4.5),
    log(materialLength, 7),
    flag(materialLength > 12),
    flag(materialLength > 60),
    instructionLength / Math.max(1, instructionLength + materialLength),
    flag(first !== undefined && reading.instruction.includes(first)),
    flag(last !== undefined && reading.instruction.includes(last)),
    Math.min(1, requests / 5),
    Math.min(1, inner / 4),
    Math.min(1, Math.max(0, ...reading.instruction.map((segment) => segment.request)) / 5),
    codeLength / Math.max(1, text.length),
    flag(code.some((segment) => segment.fenced)),
    flag(code.length > 0),
    flag(reading.segments.some((segment) => segment.kind === "table")),
    flag(questions > 0),
    flag(/[?？؟]["')]?$/.test(text)),
    flag(questions > 1),
    flag(/[:：]$/.test(text)),
    flag(/["“«「].{12,}["”»」]/.test(text)),
    Math.min(1, (digits / Math.max(1, text.length)) * 5),
    flag(numbers > 0),
    Math.min(1, numbers / 6),
    Math.min(1, count(text, /[+×÷=^√∑∫π<>≤≥%]/g) / 6),
    flag(
      /\$[^$\n]{1,200}\$|\\frac|\\sqrt|\\begin|\b[a-z]\^\d|\b\d+\s*[-+*/×÷]\s*\d+|\b[fg]\(\w\)|\b\d*x\s*[-+=]/.test(
        text,
      ),
    ),
    flag(/(?:^|\n| )\(?a[).:] ?[\s\S]{1,300}?(?:\n| )\(?b[).:]/.test(text)),
    flag(/(?:^|\n)\s*1[).] [\s\S]{1,500}?\n\s*2[).] /.test(text)),
    flag(count(text, /(?:^|\n)\s*[-*•] /g) >= 2),
    flag(
      /(?:^|\n)(?:input|text|passage|context|article|review|sentence|document|email|paragraph|输入|文本|文章) ?[:：]/.test(
        text,
      ),
    ),
    flag(/(?:^|\n)(?:answer|output|response|summary|label|translation|输出|答案|回答) ?[:：]?$/.test(text)),
    flag(/https?:\/\/|www\./.test(text)),
    flag(/traceback|file ".*", line \d|\w+(?:error|exception)\b ?:|at \w+\.\w+\(/.test(text)),
    flag(words.length <= 4),
    flag(words.length > 4 && words.length <= 12),
    flag(words.length > 80),
    flag(words.length > 300),
    Math.min(1, countWords(words, ASSISTANT_WORDS) / 3),
    Math.min(1, countWords(words, SELF_WORDS) / 4),
    flag(reading.language.code !== "en" && reading.language.code !== ""),
    share(reading.words.filter((word) => word.english !== word.original).length, reading.words.length),
    flag(latin > 20 && count(text, /[^\p{ASCII}\p{P}\p{S}]/gu) > text.length * 0.2),
    Math.min(1, latin / Math.max(1, words.length) / 8),
    new Set(words).size / Math.max(1, words.length),
    flag(/([^\w\s])(?: ?\1){5,}/u.test(text)),
    log(count(text, /\n/g), 4),
    flag(/\{\{?\w+\}?\}|\[\w+( \w+)?\]|<\w+>/.test(text)),
    flag(/_{2,}|\.{4,}|\[blank\]/.test(text)),
    flag(/[{[]\s*"?\w+"?\s*:/.test(text)),
  ];
  return Float32Array.from(values);
}

const ASSISTANT_WORDS = new Set(["you", "your", "yourself", "yours", "you're"]);
const SELF_WORDS = new Set(["i", "my", "me", "i'm", "i've", "mine", "myself", "we", "our"]);

function lengthOf(segments: Reading["segments"]): number {
  return segments.reduce(
    (total, segment) => total + Math.max(segment.end - segment.start, segment.text.length / 12),
    0,
  );
}

function flag(condition: boolean): number {
  return condition ? 1 : 0;
}

function log(value: number, top: number): number {
  return Math.min(1.2, Math.log1p(value) / top);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Runs instead of single characters: a list of all letters of a text would be longer than the text. */
function totalLength(text: string, runs: RegExp): number {
  return text.match(runs)?.reduce((total, run) => total + run.length, 0) ?? 0;
}

function countWords(words: readonly string[], wanted: ReadonlySet<string>): number {
  return words.reduce((total, word) => total + (wanted.has(word) ? 1 : 0), 0);
}
