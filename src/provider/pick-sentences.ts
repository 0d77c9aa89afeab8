/** A text that sentences can be picked from. */
interface Source {
  readonly text: string;
}

/** The most sentences that are quoted of one text, and of all together. */
const MAX_PER_TEXT = 3;
/** The share of a question's words that a text must speak of, at the least, to be quoted at all. */
const MIN_COVERAGE = 0.4;

/**
 * The sentences of texts that speak of a question, in the order in which they stand; texts that do not are left out. A
 * search always finds something: whether it is about the question is decided here, by the words they share.
 */
export function pickSentences<T extends Source>(
  question: string,
  texts: readonly T[],
): { readonly passage: T; readonly sentences: readonly string[] }[] {
  const asked = wordsOf(question);
  if (asked.size === 0) return [];
  return texts.flatMap((passage) => {
    const spoken = wordsOf(passage.text);
    const shared = [...asked].filter((word) => spoken.has(word)).length;
    if (shared / asked.size < MIN_COVERAGE) return [];
    const scored = sentencesOf(passage.text).map((sentence, position) => {
      const words = wordsOf(sentence);
      return { sentence, position, score: [...asked].filter((word) => words.has(word)).length };
    });
    const best = scored
      .filter(({ score }) => score > 0)
      .toSorted((left, right) => right.score - left.score || left.position - right.position)
      .slice(0, MAX_PER_TEXT)
      .toSorted((left, right) => left.position - right.position);
    return best.length === 0 ? [] : [{ passage, sentences: best.map(({ sentence }) => sentence) }];
  });
}

function sentencesOf(text: string): string[] {
  const flat = text
    .slice(0, 20_000)
    .replace(/^#+\s.*$/gm, "")
    .replace(/\s+/g, " ");
  return (flat.match(/.+?(?:[.!?。！？](?=\s|$)|$)/gu) ?? [])
    .map((sentence) => sentence.trim())
    .filter((s) => s !== "");
}

const COMMON = new Set(
  "a about an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of on or our please say should so tell than that the their them then there these they this to up was we were what when where which who whom whose why will with would you your".split(
    " ",
  ),
);

/** Words that carry meaning, without their most common endings, so that "routes" meets "routing". */
function wordsOf(text: string): Set<string> {
  const words =
    text
      .slice(0, 20_000)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !COMMON.has(word)).map(stem));
}

function stem(word: string): string {
  if (word.length < 5) return word.replace(/s$/, "");
  return word.replace(/(?:ings?|ers?|ed|es|s|e)$/, "");
}
