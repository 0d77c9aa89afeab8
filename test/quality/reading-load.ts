/**
 * How much a reader has to keep in mind to answer: long texts, words that come back, clauses, quantities, names and
 * relations between them. Each measure is such that more of it means harder; none of it is about the topic, which is why it
 * carries over from one benchmark to another where word vectors do not.
 */
export function readingLoad(prompt: string): number[] {
  const question = prompt.split(/\nA\. /, 1)[0]!;
  const words = wordsOf(prompt);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const repeated = [...counts].filter(([word, count]) => count > 1 && !FUNCTION_WORDS.has(word)).length;
  const questionWords = wordsOf(question);
  const within = (set: ReadonlySet<string>): number => questionWords.filter((word) => set.has(word)).length;
  return [
    Math.log1p(words.length),
    1 - counts.size / Math.max(1, words.length),
    Math.log1p(words.length - counts.size),
    Math.log1p(repeated),
    Math.log1p(question.split(",").length - 1),
    Math.log1p(within(QUANTITIES)),
    Math.log1p(within(RELATIONS)),
    Math.log1p(prompt.match(/(?<![.?!]\s)(?<!^)\b[A-Z][a-z]+/g)?.length ?? 0),
    Math.log1p(question.match(/[.?!](?:\s|$)/g)?.length ?? 0),
  ];
}

/** The measures of `readingLoad`, in its order. */
export const READING_LOAD_NAMES = [
  "words",
  "repetition",
  "repeated words",
  "things that come back",
  "clauses",
  "quantities in words",
  "relations",
  "names",
  "sentences",
] as const;

/** One number: the sum of all measures, each in units of its own spread, so that nothing has to be learned from labels. */
export function combineLoad(loads: readonly number[][], spreads: readonly number[]): Float64Array {
  return Float64Array.from(loads, (load) =>
    load.reduce((sum, value, index) => sum + value / Math.max(spreads[index]!, 1e-9), 0),
  );
}

/** The standard deviation of each measure over texts; needs no labels. */
export function spreadsOf(loads: readonly number[][]): number[] {
  return READING_LOAD_NAMES.map((_, index) => {
    const values = loads.map((load) => load[index]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  });
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+/g) ?? [];
}

const FUNCTION_WORDS = new Set(
  (
    "the of to a an and in is that for on with as by at he she his her it its they was are were if how many much be or " +
    "from this which what not have has had there their will would can"
  ).split(" "),
);
const QUANTITIES = new Set(
  (
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand half " +
    "twice thrice double triple quarter third first second"
  ).split(" "),
);
const RELATIONS = new Set("more less than fewer each per every then after before".split(" "));
