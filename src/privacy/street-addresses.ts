import { isDigit, isUpper } from "./characters.ts";
import type { Detector } from "./detector.ts";
import type { Anchors } from "./scan.ts";

/** Street addresses of the Americas and Europe: a house number beside a street word, and the town lines after it. */
export const streetAddresses: Detector = {
  name: "street_addresses",
  kinds: ["street_address"],
  run(anchors, emit, tick) {
    const { text } = anchors;
    let passed = 0;
    for (const number of anchors.numbers) {
      tick();
      if (number < passed) continue;
      const found = numberFirst(text, number) ?? numberLast(anchors, number) ?? boxOrUnit(text, number);
      if (found === undefined || found.start < passed) continue;
      const end = withTown(text, found.end);
      passed = end;
      emit(found.start, end, "street_address", found.confidence, found.rule);
    }
  },
};

type Found = {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly rule: string;
};

const name = "\\p{Lu}[\\p{L}\\p{M}'’.-]{0,24}";
const streetWord =
  "(?:Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Trail|Trl|Close|Crescent|Cres|Row|Mews|Gardens|Grove|Rise|Walk|Alley|Plaza|Turnpike|Esplanade|Parade|Quay|Wharf|Loop|Pike|Path|Streets)";
// Written small or with a capital, but never all by a case-insensitive match: that would let small words be names.
const streetPrefix = `(?:${"rue avenue av\\. boulevard bd place chemin allée quai impasse via viale piazza corso vicolo strada calle carrer avenida avda\\.? plaza paseo rua praça travessa ulica ul\\. ulitsa aleja al\\. calea bulevardul str\\. odos rruga"
  .split(" ")
  .map((word) => `[${word[0]!.toUpperCase()}${word[0]!}]${word.slice(1)}`)
  .join("|")})`;
const compoundEnding =
  "(?:stra(?:ß|ss)e|str\\.|gasse|weg|allee|platz|gatan|v[äæ]gen|gata|gate|gaten|veien|vegen|vei|vej|gade|vænget|toften|all[ée]|katu|tie|kuja|polku|tänav|maantee|laan|straat|plein|kade|gracht|dreef|singel|stræti|braut|stígur|vegur|iela|gatvė)";
const separateEnding =
  "(?:utca|u\\.|út|útja|tér|tere|körút|ulica|ul\\.|cesta|náměstí|námestie|trg|tee|pst|mnt|tn|Sokak|Caddesi|Street|Streets)";
const houseNumber = "\\d{1,5}(?: ?[A-Za-z](?![\\p{L}]))?(?:[-/]\\d{1,4}[A-Za-z]?)?";

const englishStreet = new RegExp(
  `\\d{1,6}[A-Za-z]?(?:-\\d{1,5})?,? (?:(?:[NSEW]|NE|NW|SE|SW|North|South|East|West)\\.? )?(?:(?:${name}|\\d{1,4}(?:st|nd|rd|th)?|of|the|de|la|and) ){1,5}${streetWord}(?![\\p{L}])\\.?`,
  "uy",
);
const foreignStreet = new RegExp(
  `\\d{1,5} ?(?:bis|ter|[A-Za-z])?,? ${streetPrefix} (?:(?:de|du|des|la|le|les|del|della|dell|di|da|do|dos|das|l['’]|d['’]|${name})[ ]?){1,6}`,
  "uy",
);
const compoundNumberFirst = new RegExp(
  `\\d{1,5}[A-Za-z]? (?:${name} ){0,2}\\p{Lu}[\\p{L}\\p{M}-]{1,28}${compoundEnding}(?: ${houseNumber})?(?![\\p{L}])`,
  "uy",
);
const beforeNumber = new RegExp(
  `(?:(?:${name} ){0,2}\\p{Lu}[\\p{L}\\p{M}-]{1,28}${compoundEnding}|(?:${name} (?:and )?){1,3}${separateEnding}|(?:${streetPrefix}) (?:(?:de|du|des|la|le|les|del|della|di|da|do|dos|das|y|e|${name}),? ?){1,5}),? ?(?:no\\.? ?|n[°º] ?)?$`,
  "u",
);
const afterNumber = new RegExp(houseNumber, "uy");
const unitWord =
  /(?:\b(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm)\.? ?#?|\bP\.? ?O\.? ?Box |\bBox |\bPSC |\bCMR |\bPostfach |\bApartado |\bPostbus )$/;
const unitConfidences = { unit: 0.6, box: 0.85 };

function numberFirst(text: string, number: number): Found | undefined {
  // House numbers are short, and a space and a letter or another number follow.
  let end = number;
  while (end - number < 8 && isDigitOrLetter(text, end)) end++;
  if (text[end] !== " " && text[end] !== "," && text[end] !== "-") return undefined;
  const previous = text[number - 1] ?? " ";
  if (/[.,$€£#:/-]/.test(previous) && previous !== ":" && previous !== ",") return undefined;
  const next = text[end] === "," ? end + 2 : end + 1;
  const patterns = isUpper(text, next) || isDigit(text, next) ? allPatterns : foreignPatterns;
  if (patterns === foreignPatterns && !streetInitials.includes(text[next] ?? " ")) return undefined;
  for (const [pattern, rule] of patterns) {
    pattern.lastIndex = number;
    const match = pattern.exec(text);
    if (match === null) continue;
    if (rule === "foreign" && !/ .*\p{Lu}/u.test(match[0].slice(4))) continue;
    return { start: number, end: number + match[0].trimEnd().length, confidence: 0.85, rule };
  }
  return undefined;
}

const foreignPatterns = [[foreignStreet, "foreign"]] as const;
const allPatterns = [
  [englishStreet, "english"],
  [compoundNumberFirst, "compound"],
  ...foreignPatterns,
] as const;
// What the words of the foreign patterns begin with, and "bis", "ter" and a house letter.
const streetInitials = "abcdefgilopqrstuv";

function numberLast({ text }: Anchors, number: number): Found | undefined {
  const previous = text[number - 1];
  if (previous !== " " && previous !== "°") return undefined;
  if (!mayEndStreet(text, number - 1)) return undefined;
  const floor = Math.max(0, number - 72);
  const before = text.slice(floor, number);
  const match = beforeNumber.exec(before);
  if (match === null) return undefined;
  afterNumber.lastIndex = number;
  const house = afterNumber.exec(text);
  if (house === null || /^\d{5}/.test(house[0])) return undefined;
  return { start: floor + match.index, end: number + house[0].length, confidence: 0.8, rule: "number_last" };
}

/** Most numbers follow a small word: only a name, or one of the small words for a street, can end a street's name. */
function mayEndStreet(text: string, space: number): boolean {
  const start = startOfWordBefore(text, space);
  if (isUpper(text, start)) return true;
  return smallEndings.has(text.slice(start, space).replace(/[.,]$/, ""));
}

function startOfWordBefore(text: string, end: number): number {
  let start = end;
  while (
    start > 0 &&
    end - start < 32 &&
    text.charCodeAt(start - 1) > 32 &&
    text.charCodeAt(start - 1) !== 40
  )
    start--;
  return start;
}

const smallEndings = new Set(
  "utca u út útja tér tere körút ulica ul cesta náměstí námestie trg tee pst mnt tn no n° nº".split(" "),
);

function boxOrUnit(text: string, number: number): Found | undefined {
  const previous = text.charCodeAt(number - 1);
  if (previous !== 32 && previous !== 35 && previous !== 46) return undefined;
  if (!isUpper(text, startOfWordBefore(text, previous === 32 ? number - 1 : number))) return undefined;
  const floor = Math.max(0, number - 16);
  const match = unitWord.exec(text.slice(floor, number));
  if (match === null) return undefined;
  let end = number;
  while (isDigitOrLetter(text, end) && end - number < 8) end++;
  const confidence = /Box|PSC|CMR|Post|Apartado/.test(match[0]) ? unitConfidences.box : unitConfidences.unit;
  return { start: floor + match.index, end, confidence, rule: "unit" };
}

const unitTail =
  /(?:,? ?\n? ?(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Floor|Fl|Box)\.? ?#?[A-Za-z0-9-]{1,6})/y;
const townTail = new RegExp(
  `(?:,? ?\\n ?|, ?| - )(?:[A-Z]{1,3}-)?(?:(?:\\d{3,6}(?:[ -]\\d{2,4})?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[A-Z]\\d[A-Z] ?\\d[A-Z]\\d) )?${name}(?: ${name}){0,3}(?:,? ?(?:\\n ?)?,? ?[A-Z]{2}(?![\\p{L}]))?(?:,? ?\\n? ?(?:\\d{4,6}(?:-\\d{4})?(?!\\d)|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[A-Z]\\d[A-Z] ?\\d[A-Z]\\d))?`,
  "uy",
);

/** Takes in the unit, town, state and postcode that follow, at most four lines or comma parts. */
function withTown(text: string, from: number): number {
  let end = from;
  for (let part = 0; part < 5; part++) {
    unitTail.lastIndex = end;
    const unit = unitTail.exec(text);
    if (unit !== null) {
      end += unit[0].length;
      continue;
    }
    townTail.lastIndex = end;
    const town = townTail.exec(text);
    // A comma and a capitalised word may be the next part of a sentence: only a postcode, a state or a line break is sure.
    if (town === null || !(/\d|[A-Z]{2}$/.test(town[0]) || (town[0].includes("\n") && part < 4))) break;
    end += town[0].length;
  }
  return end;
}

function isDigitOrLetter(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122);
}
