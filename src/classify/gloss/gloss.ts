import { ARABIC } from "./arabic.ts";
import { CHINESE } from "./chinese.ts";
import { FRENCH } from "./french.ts";
import { GERMAN } from "./german.ts";
import { HINDI } from "./hindi.ts";
import { JAPANESE } from "./japanese.ts";
import { PORTUGUESE } from "./portuguese.ts";
import { RUSSIAN } from "./russian.ts";
import { SPANISH } from "./spanish.ts";

/** One word of a text and what it was read as. */
export interface GlossedWord {
  /** The English word, lower case. */
  english: string;
  /** What stood in the text. */
  original: string;
}

/**
 * Read words of another language as the English words that instructions are made of, so that one model serves all.
 * Words that no dictionary has stay as they are; runs of Chinese or Japanese are cut by the longest known word and
 * the rest of them is left out.
 *
 * @param words normalised words, in order
 * @param code the language of the text, BCP 47
 */
export function gloss(words: readonly string[], code: string): GlossedWord[] {
  const spaced = SPACED.get(code);
  const result: GlossedWord[] = [];
  for (let index = 0; index < words.length; ) {
    const word = words[index] as string;
    const dictionary = spaced ?? scriptDictionary(word);
    if (IDEOGRAPHS.test(word)) {
      cutRun(word, code === "ja" ? JAPANESE_WORDS : CHINESE_WORDS, result);
      index++;
    } else if (dictionary === undefined) {
      result.push({ english: word, original: word });
      index++;
    } else {
      index += look(words, index, dictionary, result);
    }
  }
  return result;
}

interface Dictionary {
  exact: Map<string, string>;
  /** Word stems, by their first three characters. */
  stems: Map<string, [stem: string, english: string][]>;
  longest: number;
}

/** Whether no dictionary has anything to say about a plain text of this language: its words are read as they stand. */
export function readsAsItStands(code: string, plain: boolean): boolean {
  return plain && !SPACED.has(code);
}

const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const CHINESE_WORDS = readDictionary(CHINESE);
const JAPANESE_WORDS = readDictionary(JAPANESE);
const SPACED = new Map([
  ["es", readDictionary(SPANISH)],
  ["de", readDictionary(GERMAN)],
  ["fr", readDictionary(FRENCH)],
  ["pt", readDictionary(PORTUGUESE)],
  ["ru", readDictionary(RUSSIAN)],
  ["ar", readDictionary(ARABIC)],
  ["hi", readDictionary(HINDI)],
]);

/** In a text of another language, a word may still say by its script where to look it up. */
function scriptDictionary(word: string): Dictionary | undefined {
  const first = word.charCodeAt(0);
  if (first < 0x400) return undefined;
  if (first < 0x530) return SPACED.get("ru");
  if (first >= 0x600 && first < 0x700) return SPACED.get("ar");
  if (first >= 0x900 && first < 0x980) return SPACED.get("hi");
  return undefined;
}

/** Every line is `english=forms`; `_` joins a form of several words, `*` ends a stem. */
function readDictionary(source: string): Dictionary {
  const dictionary: Dictionary = { exact: new Map(), stems: new Map(), longest: 1 };
  for (const line of source.trim().split("\n")) {
    const [english = "", forms = ""] = line.split("=");
    for (const form of forms.trim().split(/\s+/)) {
      if (form === "") continue;
      const key = fold(form);
      if (key.endsWith("*")) {
        const stem = key.slice(0, -1);
        const group = stem.slice(0, 3);
        dictionary.stems.set(group, [...(dictionary.stems.get(group) ?? []), [stem, english]]);
      } else {
        dictionary.exact.set(key, english);
        dictionary.longest = Math.max(dictionary.longest, key.length);
      }
    }
  }
  return dictionary;
}

/** Forms are compared as the words of a normalised text are: folded and cut at hyphens. */
function fold(form: string): string {
  return form.normalize("NFKC").toLowerCase().replaceAll("-", "_").replaceAll("_", " ");
}

function look(
  words: readonly string[],
  index: number,
  dictionary: Dictionary,
  result: GlossedWord[],
): number {
  for (let count = Math.min(5, words.length - index); count >= 1; count--) {
    const original = words.slice(index, index + count).join(" ");
    const english =
      dictionary.exact.get(original) ?? (count === 1 ? stemOf(original, dictionary) : undefined);
    if (english === undefined) continue;
    for (const part of english.split(" ")) result.push({ english: part, original });
    return count;
  }
  const word = words[index] as string;
  result.push({ english: word, original: word });
  return 1;
}

function stemOf(word: string, dictionary: Dictionary): string | undefined {
  return dictionary.stems.get(word.slice(0, 3))?.find(([stem]) => word.startsWith(stem))?.[1];
}

function cutRun(run: string, dictionary: Dictionary, result: GlossedWord[]): void {
  let position = 0;
  while (position < run.length) {
    let length = Math.min(dictionary.longest, run.length - position);
    let english: string | undefined;
    for (; length >= 1; length--) {
      english = dictionary.exact.get(run.slice(position, position + length));
      if (english !== undefined) break;
    }
    if (english === undefined) {
      position = skipUnknown(run, position, result);
      continue;
    }
    const original = run.slice(position, position + length);
    for (const part of english.split(" ")) result.push({ english: part, original });
    position += length;
  }
}

/** Latin words and numbers inside a run are kept; an unknown ideograph is passed over. */
function skipUnknown(run: string, position: number, result: GlossedWord[]): number {
  LATIN_RUN.lastIndex = position;
  const match = LATIN_RUN.exec(run);
  if (match === null) return position + 1;
  result.push({ english: match[0], original: match[0] });
  return LATIN_RUN.lastIndex;
}

const LATIN_RUN = /[a-z]+|[0-9]+/y;
