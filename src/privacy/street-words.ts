import {
  characterTable,
  digitBit,
  isDigit,
  isUpper,
  isWordCharacter,
  lowerBit,
  upperBit,
} from "./characters.ts";

/** Words that end the name of an English street: "221B Baker Street". */
export const englishStreetWords: ReadonlySet<string> = new Set(
  (
    "street st streets avenue ave av road rd boulevard blvd lane ln drive dr court ct place pl square sq terrace ter way parkway " +
    "pkwy highway hwy circle cir trail trl close crescent cres row mews gardens grove rise walk alley plaza turnpike esplanade " +
    "parade quay wharf loop pike path route freeway"
  ).split(" "),
);

/** Words that begin the name of a street: "rue de la Paix", "ul. Miła", "Calle Mayor". */
export const streetPrefixes: ReadonlySet<string> = new Set(
  (
    "rue avenue av boulevard bd place chemin allée quai impasse via viale piazza corso vicolo strada calle carrer avenida " +
    "avda plaza paseo rua praça travessa ulica ul ulitsa aleja al calea bulevardul str odos rruga rúa largo estrada λεωφόρος πλατεία οδός"
  ).split(" "),
);

/** Words of their own that end the name of a street: "Király utca 15", "Luite tee 87", "Trenerys gate 232". */
export const separateStreetWords: ReadonlySet<string> = new Set(
  (
    "utca u út útja tér tere körút kapu köz rkp ulica ul cesta náměstí námestie trg tee pst mnt tn sokak caddesi gate vei veg allé " +
    "vej gade väg gata stig wei laan straat weg strasse straße str allee platz street streets avenue road"
  ).split(" "),
);

const compoundEndings = (
  "strasse straße str gasse weg allee platz gatan vägen vængen gata gate gaten veien vegen vei vej gade vænget toften allé alle " +
  "krogen stræde stien katu tie kuja polku tänav maantee laan straat plein kade gracht dreef singel stræti straeti braut stígur " +
  "vegur iela gatvė brücke wegen ringen"
).split(" ");
const endingsByLength = groupByLength(compoundEndings);
const compoundPairs = pairTable(compoundEndings, -2);

/** Small words inside the name of a street. */
export const streetParticles: ReadonlySet<string> = new Set(
  "de du des la le les del della delle dei dell di da do dos das y e l d of the and and und van von der den den".split(
    " ",
  ),
);

/** Whether a word (in small letters) is a street's name and its kind in one: "friedrichstraße". */
export function isCompoundStreet(word: string): boolean {
  const { length } = word;
  if (compoundPairs[pairOf(word.charCodeAt(length - 2), word.charCodeAt(length - 1))] === 0) return false;
  for (const [length, endings] of endingsByLength) {
    if (word.length >= length + 3 && endings.has(word.slice(-length))) return true;
  }
  return false;
}

/**
 * Whether the word after `from` can begin the name of a street by its first two letters. Most numbers count something,
 * and what they count is told apart by no more than this. True is only a perhaps, false is certain.
 */
export function mayBeginStreet(units: Uint16Array, from: number): boolean {
  let start = from;
  if (units[start] === 46 || units[start] === 44) start++;
  if (units[start] === 32) start++;
  const first = units[start]!;
  const second = units[start + 1]!;
  return !isSmall(first) || !isSmall(second) || beginningPairs[pairOf(first, second)] === 1;
}

/** As `mayBeginStreet`, for the word in front of a number: by its last two letters, unless it has a capital. */
export function mayEndStreet(units: Uint16Array, number: number): boolean {
  let end = number;
  if (units[end - 1] === 32) end--;
  if (units[end - 1] === 46 || units[end - 1] === 44) end--;
  const last = units[end - 1]!;
  const second = units[end - 2]!;
  if (!isSmall(last) || !isSmall(second) || endingPairs[pairOf(second, last)] === 1) return true;
  let start = end - 2;
  while (start > 0 && end - start < longestWord && isNameUnit(units[start - 1]!)) start--;
  return (characterTable[units[start]!]! & upperBit) !== 0;
}

/** Words in front of the number of a flat or a box. */
export const unitWords: ReadonlySet<string> = new Set("apt apartment suite ste unit flat room rm".split(" "));
export const boxWords: ReadonlySet<string> = new Set("box psc cmr postfach apartado postbus".split(" "));

const beginningPairs = pairTable([...streetPrefixes, "bis", "ter"], 0);
const endingPairs = pairTable([...separateStreetWords, ...unitWords, ...boxWords], -2);

/** Which pairs of letters the words begin with (0) or end with (-2); pairs that share a place only cost a closer look. */
function pairTable(words: readonly string[], at: 0 | -2): Uint8Array {
  const table = new Uint8Array(1024);
  for (const word of words) {
    const place = at === 0 ? 0 : word.length - 2;
    table[pairOf(word.charCodeAt(place), word.charCodeAt(place + 1))] = 1;
  }
  return table;
}

function pairOf(first: number, second: number): number {
  return ((first << 5) ^ second) & 1023;
}

function isSmall(code: number): boolean {
  return code >= 97 && code <= 122;
}

/** One word of a line: where it stands, in small letters, and whether it begins with a capital. */
export type LineWord = {
  readonly start: number;
  readonly end: number;
  readonly lower: string;
  readonly upper: boolean;
  /** Whether it begins with a digit. */
  readonly numeric: boolean;
};

const longestWord = 30;

/** The word that ends before `from`, one space or sign away on the same line; undefined where there is none. */
export function wordBefore(text: string, from: number): LineWord | undefined {
  let end = from;
  if (text.charCodeAt(end - 1) === 32) end--;
  if (",.".includes(text[end - 1] ?? "x")) end--;
  if (end === from && from > 0 && isWordCharacter(text, from - 1)) return undefined;
  let start = end;
  while (start > 0 && end - start < longestWord && isNameCharacter(text, start - 1)) start--;
  return start === end ? undefined : wordAt(text, start, end);
}

/** The word that begins after `from`, one space or comma and space away on the same line. */
export function wordAfter(text: string, from: number): LineWord | undefined {
  let start = from;
  if (text[start] === "." || text[start] === ",") start++;
  if (text.charCodeAt(start) === 32) start++;
  if (start === from) return undefined;
  let end = start;
  while (end < text.length && end - start < longestWord && isNameCharacter(text, end)) end++;
  return start === end ? undefined : wordAt(text, start, end);
}

function wordAt(text: string, start: number, end: number): LineWord {
  return {
    start,
    end,
    lower: text.slice(start, end).toLowerCase(),
    upper: isUpper(text, start),
    numeric: isDigit(text, start),
  };
}

function isNameCharacter(text: string, index: number): boolean {
  return isNameUnit(text.charCodeAt(index));
}

function isNameUnit(code: number): boolean {
  if ((characterTable[code]! & (digitBit | lowerBit | upperBit)) !== 0) return true;
  return code === 45 || code === 39 || code === 0x2019;
}

function groupByLength(words: readonly string[]): Map<number, Set<string>> {
  const groups = new Map<number, Set<string>>();
  for (const word of words) groups.set(word.length, (groups.get(word.length) ?? new Set()).add(word));
  return groups;
}
