import { PHRASE_GROUPS, type PhraseMatch } from "./lexicon/lexicon.ts";

/** What is done, to whom: a verb of harm means another thing before "python process" than before "my neighbour". */
const PAIRS: readonly (readonly [string, string])[] = [
  ["attack_verb", "human"],
  ["attack_verb", "thing"],
  ["attack_verb", "fiction"],
  ["attack_verb", "learning"],
  ["theft_verb", "human"],
  ["theft_verb", "thing"],
  ["theft_verb", "fiction"],
  ["how_to", "attack_verb"],
  ["how_to", "theft_verb"],
  ["how_to", "weapon_drug"],
  ["how_to", "cyber"],
  ["learning", "weapon_drug"],
  ["persuade", "hate"],
  ["persuade", "deceit"],
  ["protective", "attack_verb"],
  ["protective", "cyber"],
  ["protective", "theft_verb"],
  ["human", "privacy"],
  ["privacy", "human"],
  ["fiction", "privacy"],
  ["privacy", "fiction"],
];

/** Names of what `nearPairs` finds, in its order. */
export const NEAR_PAIR_NAMES = PAIRS.map(([first, second]) => `${first} close to ${second}`);

const NEAR_WORDS = 6;
const MOST_MATCHES = 200;

/** Writes 1 for each pair whose second stands at most a few words behind its first. */
export function nearPairs(found: Float32Array, matches: readonly PhraseMatch[]): void {
  const count = Math.min(matches.length, MOST_MATCHES);
  for (let first = 0; first < count; first++) {
    const { phrase, position } = matches[first]!;
    // Matches are in order of position, and those at the same position count whichever comes first.
    let second = first;
    while (second > 0 && matches[second - 1]!.position === position) second--;
    for (; second < count && matches[second]!.position - position <= NEAR_WORDS; second++) {
      const pair = PAIR_OF_GROUPS[phrase.group * GROUPS + matches[second]!.phrase.group]!;
      if (pair >= 0) found[pair] = 1;
    }
  }
}

const GROUPS = PHRASE_GROUPS.risk.length;
const PAIR_OF_GROUPS = pairTable();

function pairTable(): Int8Array {
  const table = new Int8Array(GROUPS * GROUPS).fill(-1);
  PAIRS.forEach(([first, second], index) => {
    table[PHRASE_GROUPS.risk.indexOf(first) * GROUPS + PHRASE_GROUPS.risk.indexOf(second)] = index;
  });
  return table;
}
