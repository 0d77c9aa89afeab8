import { DIFFICULTY_PHRASES } from "./difficulty-phrases.ts";
import { INJECTION_PHRASES, RISK_PHRASES } from "./risk-phrases.ts";
import { TASK_PHRASES } from "./task-phrases.ts";
import { TRAIT_WORDS } from "./trait-words.ts";

/** Each list of phrases tells something else of a text. */
export type PhraseListName = "task" | "risk" | "injection" | "difficulty";

/** A phrase of one of the lists, and what it says. */
export interface Phrase {
  /** The same for the same words in the same group; below PHRASE_COUNT. */
  readonly id: number;
  readonly list: PhraseListName;
  /** Position of its group in PHRASE_GROUPS. */
  readonly group: number;
  readonly weight: number;
  readonly text: string;
}

/** A phrase that was found. */
export interface PhraseMatch {
  readonly phrase: Phrase;
  /** Position of its first word. */
  readonly position: number;
}

/** What the words of a text say by themselves. */
export interface Findings {
  /** Matches of each list, in order of position. */
  readonly matches: Readonly<Record<PhraseListName, readonly PhraseMatch[]>>;
  /** For each word its TRAITS, as bits. */
  readonly traits: Uint8Array;
}

/** The groups of each list, in order. */
export const PHRASE_GROUPS: Readonly<Record<PhraseListName, readonly string[]>> = {
  task: groupsOf(TASK_PHRASES),
  risk: groupsOf(RISK_PHRASES),
  injection: groupsOf(INJECTION_PHRASES),
  difficulty: groupsOf(DIFFICULTY_PHRASES),
};

/** What single words may be, one bit each. */
export const TRAITS = { assistant: 1, self: 2, function: 4, quantity: 8, relation: 16 } as const;

/**
 * Look every word up once, for all lists together.
 *
 * @param words lower case, in English
 * @param starts 1 at each position at which a sentence begins
 */
export function lookUp(words: readonly string[], starts: Uint8Array): Findings {
  const matches: Record<PhraseListName, PhraseMatch[]> = {
    task: [],
    risk: [],
    injection: [],
    difficulty: [],
  };
  const traits = new Uint8Array(words.length);
  for (let position = 0; position < words.length; position++) {
    const entry = ENTRIES.get(words[position]!);
    if (entry === undefined) {
      addOwner(words[position]!, position, starts, matches);
      continue;
    }
    traits[position] = entry.traits;
    for (const candidate of entry.alone) addMatch(candidate, position, starts, matches);
    const next = words[position + 1];
    if (entry.longer === undefined || next === undefined) continue;
    for (const candidate of entry.longer.get(next) ?? NONE) {
      if (standsAt(candidate.words, words, position)) addMatch(candidate, position, starts, matches);
    }
  }
  return { matches, traits };
}

/** Whose something is, is said by the word before the "'s": a "wife's" phone is a matter of the wife. */
function addOwner(
  word: string,
  position: number,
  starts: Uint8Array,
  matches: Record<PhraseListName, PhraseMatch[]>,
): void {
  const length = word.length - 2;
  if (length < 2 || word.charCodeAt(length) !== APOSTROPHE) return;
  for (const candidate of ENTRIES.get(word.slice(0, length))?.alone ?? NONE)
    if (candidate.list === "risk") addMatch(candidate, position, starts, matches);
}

const APOSTROPHE = 39;

interface Candidate extends Phrase {
  readonly words: readonly string[];
  readonly atStart: boolean;
}

/** What is known of a word: what it is, and the phrases that it is or begins, by the word that comes next. */
interface Entry {
  traits: number;
  readonly alone: Candidate[];
  longer: Map<string, Candidate[]> | undefined;
}

const NONE: readonly Candidate[] = [];

function addMatch(
  candidate: Candidate,
  position: number,
  starts: Uint8Array,
  matches: Record<PhraseListName, PhraseMatch[]>,
): void {
  if (candidate.atStart && starts[position] === 0) return;
  matches[candidate.list].push({ phrase: candidate, position });
}

/** The first two words are known to be there: they led to the phrase. */
function standsAt(phrase: readonly string[], words: readonly string[], position: number): boolean {
  for (let offset = 2; offset < phrase.length; offset++) {
    if (words[position + offset] !== phrase[offset]) return false;
  }
  return true;
}

const ENTRIES = readEntries();

function readEntries(): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const entryOf = (word: string): Entry => {
    const entry = entries.get(word) ?? { traits: 0, alone: [], longer: undefined };
    entries.set(word, entry);
    return entry;
  };
  for (const candidate of readPhrases()) {
    const entry = entryOf(candidate.words[0]!);
    const second = candidate.words[1];
    if (second === undefined) entry.alone.push(candidate);
    else {
      entry.longer ??= new Map();
      entry.longer.set(second, [...(entry.longer.get(second) ?? []), candidate]);
    }
  }
  for (const [trait, words] of Object.entries(TRAIT_WORDS)) {
    for (const word of words.split(" ")) entryOf(word).traits |= TRAITS[trait as keyof typeof TRAITS];
  }
  return entries;
}

/** Lines have the form `group weight: phrase, ^phrase`, weight 1 if left out; `^` means only where a sentence begins. */
function readPhrases(): Candidate[] {
  const ids = new Map<string, number>();
  const lists = {
    task: TASK_PHRASES,
    risk: RISK_PHRASES,
    injection: INJECTION_PHRASES,
    difficulty: DIFFICULTY_PHRASES,
  };
  return (Object.keys(lists) as PhraseListName[]).flatMap((list) =>
    linesOf(lists[list]).flatMap(({ name, weight, phrases }) => {
      const group = PHRASE_GROUPS[list].indexOf(name);
      return phrases.map((phrase) => {
        const atStart = phrase.startsWith("^");
        const words = (atStart ? phrase.slice(1) : phrase).split(" ").filter((word) => word !== "");
        const text = words.join(" ");
        const key = `${list} ${group} ${text}`;
        const id = ids.get(key) ?? ids.size;
        ids.set(key, id);
        return { id, list, group, weight, text, words, atStart };
      });
    }),
  );
}

function groupsOf(source: string): string[] {
  return [...new Set(linesOf(source).map(({ name }) => name))];
}

function linesOf(source: string): { name: string; weight: number; phrases: string[] }[] {
  return source
    .trim()
    .split("\n")
    .map((line) => {
      const [head = "", phrases = ""] = line.split(": ");
      const [name = "", weight = "1"] = head.split(" ");
      return { name, weight: Number(weight), phrases: phrases.split(",").map((phrase) => phrase.trim()) };
    });
}
