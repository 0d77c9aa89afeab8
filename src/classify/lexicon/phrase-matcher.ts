/** One group of phrases found in a text: its name, how much it counts and the words that matched. */
export interface PhraseMatch {
  /** Position of the group in the matcher's `groups`. */
  group: number;
  weight: number;
  phrase: string;
  /** Position of the first matched word. */
  position: number;
}

/** Finds many phrases at once in a list of words. */
export interface PhraseMatcher {
  groups: readonly string[];
  /** All matches, in order of position; `starts` has the positions at which a sentence begins. */
  match(words: readonly string[], starts: ReadonlySet<number>): PhraseMatch[];
}

interface Entry {
  words: string[];
  phrase: string;
  atStart: boolean;
  group: number;
  weight: number;
}

/** Read lines of the form `group weight: phrase, ^phrase` (weight 1 if left out) into a matcher. */
export function createPhraseMatcher(source: string): PhraseMatcher {
  const groups: string[] = [];
  const entries = new Map<string, Entry[]>();
  for (const line of source.trim().split("\n")) {
    const [head = "", phrases = ""] = line.split(": ");
    const [name = "", weight = "1"] = head.split(" ");
    if (!groups.includes(name)) groups.push(name);
    for (const phrase of phrases.split(",")) {
      const entry = readPhrase(phrase.trim(), groups.indexOf(name), Number(weight));
      const first = entry.words[0];
      if (first !== undefined) entries.set(first, [...(entries.get(first) ?? []), entry]);
    }
  }
  return { groups, match: (words, starts) => findAll(entries, words, starts) };
}

function readPhrase(phrase: string, group: number, weight: number): Entry {
  const atStart = phrase.startsWith("^");
  const words = (atStart ? phrase.slice(1) : phrase).split(" ").filter((word) => word !== "");
  return { words, phrase: words.join(" "), atStart, group, weight };
}

function findAll(
  entries: ReadonlyMap<string, Entry[]>,
  words: readonly string[],
  starts: ReadonlySet<number>,
): PhraseMatch[] {
  const matches: PhraseMatch[] = [];
  for (let position = 0; position < words.length; position++) {
    const candidates = entries.get(words[position] as string);
    if (candidates === undefined) continue;
    for (const entry of candidates) {
      if (entry.atStart && !starts.has(position)) continue;
      if (!standsAt(entry.words, words, position)) continue;
      matches.push({ group: entry.group, weight: entry.weight, phrase: entry.phrase, position });
    }
  }
  return matches;
}

/** The first word is known to be there: it led to the phrase. */
function standsAt(phrase: readonly string[], words: readonly string[], position: number): boolean {
  for (let offset = 1; offset < phrase.length; offset++) {
    if (words[position + offset] !== phrase[offset]) return false;
  }
  return true;
}
