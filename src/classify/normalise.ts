/**
 * Make a text comparable: lone surrogates replaced, compatibility forms folded, lower case, accents of Latin letters
 * dropped, every run of blanks one blank and of line breaks one or two breaks. Total on any string.
 */
export function normalise(text: string): string {
  const wellFormed = text.toWellFormed();
  if (PLAIN.test(wellFormed)) return tidy(wellFormed.toLowerCase());
  const folded = wellFormed.normalize("NFKC").toLowerCase().normalize("NFD").replace(LATIN_MARKS, "$1");
  return tidy(folded.normalize("NFC").replace(INVISIBLE, ""));
}

/** The words of a normalised text: runs of letters, marks and digits. Scripts without blanks give whole runs. */
export function wordsOf(normalised: string): string[] {
  return normalised.match(WORD) ?? [];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the plain range of ASCII is what is meant
const PLAIN = /^[\x00-\x7f]*$/;
const LATIN_MARKS = /(\p{Script=Latin})\p{M}+/gu;
const INVISIBLE = /[\u200b-\u200f\u2060\ufeff\u00ad]/g;
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*/gu;

function tidy(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
