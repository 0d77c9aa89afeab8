import { characterBits, isDigit, lowerBit, upperBit } from "./characters.ts";
import type { Detector } from "./detector.ts";
import {
  boxWords,
  englishStreetWords,
  isCompoundStreet,
  type LineWord,
  mayBeginStreet,
  mayEndStreet,
  separateStreetWords,
  streetParticles,
  streetPrefixes,
  unitWords,
  wordAfter,
  wordBefore,
} from "./street-words.ts";
import { endOfTown } from "./town-lines.ts";

/** Street addresses of the Americas and Europe: a number beside a street's name, boxes and units, and the lines of the town. */
export const streetAddresses: Detector = {
  name: "street_addresses",
  kinds: ["street_address"],
  run({ text, units, numbers }, emit, tick) {
    let passed = 0;
    for (const number of numbers) {
      tick();
      if (number < passed || !isDigit(text, number)) continue;
      const end = endOfHouseNumber(text, number);
      if (end < 0) continue;
      const found = addressAt(text, units, number, end, passed);
      if (found === undefined) continue;
      passed = endOfTown(text, found.end);
      emit(found.start, passed, "street_address", found.confidence, found.rule);
    }
  },
};

type Found = {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly rule: string;
};

const mostWords = 6;
const addressWords =
  /(?:\baddress(?: of [^.\n]{1,40})?(?: is|:|,| to)|\blives? (?:at|on)|\blocated (?:at|in)|\boffices? (?:is|are) (?:at|on)|\b(?:deliver|send|sent|return|ship|mail|moved|taxi|drive|go) (?:it )?(?:to|at)|\bmeet (?:me|you|us) at|\bcorner of|\b(?:is|arrived) (?:at|on)|\bdrops? (?:you|me|us) off at|\bdriver to stop at|\benter on|\baddress:? *\n? *)[ \n]{0,6}$/;

/** Looks ahead only where a name can follow and back only where one can stand: rows of numbers cost next to nothing. */
function addressAt(
  text: string,
  units: Uint16Array,
  number: number,
  end: number,
  passed: number,
): Found | undefined {
  const ahead =
    mayBeginStreet(units, end) && nameMayFollow(text, end)
      ? numberFirst(text, number, end, passed)
      : undefined;
  if (ahead !== undefined) return ahead;
  const back =
    isDigit(text, number - 1) || isDigit(text, number - 2) || !" #.".includes(text[number - 1] ?? "x");
  return back || !mayEndStreet(units, number)
    ? undefined
    : (numberLast(text, number, end, passed) ?? unit(text, number, end, passed));
}

function nameMayFollow(text: string, end: number): boolean {
  let at = end;
  for (let numbers = 0; numbers < 3; numbers++) {
    if (text[at] === "," || text[at] === ".") at++;
    if (text.charCodeAt(at) !== 32) return false;
    at++;
    if (!isDigit(text, at)) return (characterBits(text, at) & (lowerBit | upperBit)) !== 0;
    for (let digits = 0; digits < 7 && isDigit(text, at); digits++) at++;
    while ((characterBits(text, at) & lowerBit) !== 0 && at < end + 24) at++;
  }
  return false;
}

/** Up to five digits and a letter, alone between spaces or signs; -1 if the number is part of something else. */
function endOfHouseNumber(text: string, number: number): number {
  const before = text.charCodeAt(number - 1);
  if (before === 46 || before === 36 || before === 8364 || before === 163 || before === 43) return -1;
  let end = number;
  while (isDigit(text, end)) end++;
  if (end - number > 6) return -1;
  if ((text.charCodeAt(end) | 32) >= 97 && (text.charCodeAt(end) | 32) <= 122) end++;
  const next = text.charCodeAt(end);
  if (next === 37 || (isDigit(text, end + 1) && (next === 46 || next === 44 || next === 58))) return -1;
  return end;
}

/** "221B Baker Street", "12 rue de la Paix", "7 Friedrichstraße", "3247 224 Forrest Hill Road". */
function numberFirst(text: string, number: number, end: number, passed: number): Found | undefined {
  let word = wordAfter(text, end);
  if (word === undefined || !(word.upper || word.numeric || streetPrefixes.has(word.lower) || isBis(word)))
    return undefined;
  if (isBis(word)) word = wordAfter(text, word.end);
  let prefixed = false;
  let names = 0;
  let last = end;
  for (let count = 0; word !== undefined && count < mostWords; count++) {
    if (names > 0 && !prefixed && word.upper && englishStreetWords.has(word.lower)) {
      const stop = text[word.end] === "." ? word.end + 1 : word.end;
      return { start: startOfNumbers(text, number, passed), end: stop, confidence: 0.85, rule: "english" };
    }
    if (word.upper && isCompoundStreet(word.lower)) {
      return { start: number, end: withHouseNumber(text, word.end), confidence: 0.85, rule: "compound" };
    }
    if (count === 0 && streetPrefixes.has(word.lower)) prefixed = true;
    else if (word.upper) {
      names++;
      last = word.end;
    } else if (!(streetParticles.has(word.lower) || (names === 0 && word.numeric && count < 2))) break;
    word = wordAfter(text, word.end);
  }
  if (!prefixed || names === 0) return undefined;
  return {
    start: startOfNumbers(text, number, passed),
    end: withHouseNumber(text, last),
    confidence: 0.85,
    rule: "prefix",
  };
}

/** "Friedrichstraße 43", "Király utca 15", "Calle Mayor 5", and any name with a number where the words before say so. */
function numberLast(text: string, number: number, end: number, passed: number): Found | undefined {
  const last = wordBefore(text, number);
  if (
    last === undefined ||
    last.start < passed ||
    last.numeric ||
    !(last.upper || separateStreetWords.has(last.lower))
  )
    return undefined;
  const whole = { end, confidence: 0.8 };
  if (last.upper && isCompoundStreet(last.lower))
    return { ...whole, start: startOfNames(text, last, 2, passed), rule: "compound" };
  if (separateStreetWords.has(last.lower)) {
    const before = wordBefore(text, last.start);
    if (before?.upper === true && before.start >= passed)
      return { ...whole, start: startOfNames(text, before, 2, passed), rule: "separate" };
    return undefined;
  }
  let word: LineWord | undefined = last;
  let first = last.start;
  for (let count = 0; word !== undefined && word.start >= passed && count < mostWords; count++) {
    if (count > 0 && streetPrefixes.has(word.lower)) {
      return { ...whole, start: startOfNumbers(text, word.start, passed), rule: "prefix" };
    }
    if (word.upper && count < 3) first = word.start;
    else if (!streetParticles.has(word.lower)) break;
    word = wordBefore(text, word.start);
  }
  const start = startOfNumbers(text, first, passed);
  if (!addressWords.test(text.slice(Math.max(0, start - 64), start).toLowerCase())) return undefined;
  return { ...whole, start, confidence: 0.65, rule: "context" };
}

/** "Apt. 864", "Suite #12", "P.O. Box 242", with the name and number in front of it: "9721 Dalmatinova 43 Apt. 678". */
function unit(text: string, number: number, end: number, passed: number): Found | undefined {
  const word = wordBefore(text, text[number - 1] === "#" ? number - 1 : number);
  if (word === undefined || word.start < passed || !(unitWords.has(word.lower) || boxWords.has(word.lower)))
    return undefined;
  if (boxWords.has(word.lower)) {
    const start = /\bP\.? ?O\.? ?$/i.exec(text.slice(Math.max(0, word.start - 6), word.start));
    return { start: word.start - (start?.[0].length ?? 0), end, confidence: 0.85, rule: "box" };
  }
  if (!word.upper && !/\d|,$/.test(text.slice(Math.max(0, word.start - 3), word.start).trim()))
    return undefined;
  streetBeforeUnit.lastIndex = 0;
  const floor = Math.max(passed, word.start - 64);
  const street = streetBeforeUnit.exec(text.slice(floor, word.start));
  return {
    start: street === null ? word.start : floor + street.index,
    end,
    confidence: street === null ? 0.6 : 0.8,
    rule: "unit",
  };
}

const streetBeforeUnit =
  /(?<![\p{L}\d])(?:\d{1,6} )?\p{Lu}[\p{L}'’.-]{0,24}(?: \p{Lu}[\p{L}'’.-]{0,24}){0,2} \d{1,5}\.?[,\s>?]{0,6}$/u;

function startOfNames(text: string, word: LineWord, most: number, passed: number): number {
  let { start } = word;
  for (let count = 0; count < most; count++) {
    const before = wordBefore(text, start);
    if (
      before === undefined ||
      !before.upper ||
      before.start < passed ||
      text[before.end] === "," ||
      text[before.end] === "."
    )
      break;
    start = before.start;
  }
  return startOfNumbers(text, start, passed);
}

/** A number may stand in front of a name that has its own: the generator of a form, a flat, a lot. */
function startOfNumbers(text: string, start: number, passed: number): number {
  const before = wordBefore(text, start);
  const isNumber =
    before?.numeric === true && before.end + 1 === start && /^\d{1,6}[a-z]?$/.test(before.lower);
  return isNumber && before.start >= passed ? before.start : start;
}

function withHouseNumber(text: string, end: number): number {
  const word = wordAfter(text, end);
  return word?.numeric === true && /^\d{1,5}[a-z]?$/.test(word.lower) ? word.end : end;
}

function isBis(word: LineWord): boolean {
  return word.lower === "bis" || word.lower === "ter" || (word.lower.length === 1 && !word.numeric);
}
