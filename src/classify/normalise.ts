/**
 * Make a text comparable: lone surrogates replaced, compatibility forms folded, lower case, accents of Latin letters
 * dropped, every run of blanks one blank and of line breaks one or two breaks. Total on any string.
 */
export function normalise(text: string): string {
  if (isPlain(text)) return tidy(text.toLowerCase());
  const folded = text.toWellFormed().normalize("NFKC").toLowerCase().normalize("NFD");
  return tidy(folded.replace(LATIN_MARKS, "$1").normalize("NFC").replace(INVISIBLE, ""));
}

/** Whether a text is nothing but ASCII, which most are and which is read much faster. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/**
 * The words of a normalised text: runs of letters, marks and digits. Scripts without blanks give whole runs.
 *
 * @param plain whether the text is plain, where the caller knows
 */
export function wordsOf(normalised: string, plain = isPlain(normalised)): string[] {
  return plain ? plainWords(normalised) : (normalised.match(WORD) ?? []);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the plain range of ASCII is what is meant
const PLAIN = /^[\x00-\x7f]*$/;
const LATIN_MARKS = /(\p{Script=Latin})\p{M}+/gu;
const INVISIBLE = /[\u200b-\u200f\u2060\ufeff\u00ad]/g;
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu;
/** Most texts are tidy already, and to see that takes one pass instead of five. */
const UNTIDY = /[^\S\n ]| {2}| \n|\n |\n{3}/;

function tidy(text: string): string {
  const trimmed = text.trim();
  if (!UNTIDY.test(trimmed)) return trimmed;
  return trimmed
    .replace(/\r\n?/g, "\n")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n");
}

/** What WORD finds, for lower-case ASCII. */
function plainWords(text: string): string[] {
  const words: string[] = [];
  for (let position = 0; position < text.length; ) {
    if (!isWordCode(text.charCodeAt(position))) {
      position++;
      continue;
    }
    const start = position;
    do position++;
    while (isWordCode(text.charCodeAt(position)) || joins(text, position));
    words.push(text.slice(start, position));
  }
  return words;
}

const APOSTROPHE = 39;

/** An apostrophe belongs to a word where a letter follows it. */
function joins(text: string, position: number): boolean {
  return text.charCodeAt(position) === APOSTROPHE && isLetterCode(text.charCodeAt(position + 1));
}

function isWordCode(code: number): boolean {
  return isLetterCode(code) || (code >= 48 && code <= 57);
}

/** Of lower-case ASCII; false past the end, where the code is NaN. */
function isLetterCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}
