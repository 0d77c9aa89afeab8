import { isDigit, isUpper } from "./characters.ts";
import type { Detector } from "./detector.ts";

/** Dates that the words in front of them call somebody's birth; other dates are nobody's. */
export const datesOfBirth: Detector = {
  name: "dates_of_birth",
  kinds: ["date_of_birth"],
  run({ text, units, numbers, capitalised }, emit, tick) {
    let passed = 0;
    for (const start of numbers) {
      tick();
      if (start < passed || !mayBeDate(text, start)) continue;
      numericDate.lastIndex = start;
      const match = numericDate.exec(text);
      if (match === null || !birthWords.test(sentenceBefore(text, start))) continue;
      passed = start + match[0].length;
      emit(start, passed, "date_of_birth", 0.9);
    }
    for (let pair = 0; pair < capitalised.length; pair += 2) {
      tick();
      const start = capitalised[pair]!;
      if (monthInitials[units[start]! & 127] === 0 || !monthStarts.has(headOf(text, start))) continue;
      monthFirstDate.lastIndex = start;
      const match = monthFirstDate.exec(text);
      if (match === null || !birthWords.test(sentenceBefore(text, start))) continue;
      emit(start, start + match[0].length, "date_of_birth", 0.9);
    }
  },
};

const month =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?";
const monthInitials = new Uint8Array(128);
for (const letter of "JFMASOND") monthInitials[letter.charCodeAt(0)] = 1;
const monthStarts = new Set(
  "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ").map((name) => headOf(name, 0)),
);
const numericDate = new RegExp(
  `(?:(?:1[89]|20)\\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:[12]\\d|3[01]|0?[1-9])|(?:[12]\\d|3[01]|0?[1-9])[-/. ](?:[12]\\d|3[01]|0?[1-9])[-/. ](?:1[89]|20)?\\d{2}|(?:[12]\\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?: of)? ${month},? (?:1[89]|20)\\d{2})(?![\\d-])`,
  "y",
);
const monthFirstDate = new RegExp(
  `${month} (?:[12]\\d|3[01]|0?[1-9])(?:st|nd|rd|th)?,? (?:1[89]|20)\\d{2}(?!\\d)`,
  "y",
);
const birthWords =
  /(?:\bborn\b|\bdob\b|d\.o\.b|birth ?da(?:y|te)|date of birth|\bgeb\.|geboren|geburtsdatum|\bn[ée]e? le\b|date de naissance|nacid[oa]|fecha de nacimiento|nat[oa] il|data di nascita|nascid[oa]|f[öø]dd? |f[öø]dselsdato|syntynyt|urodzon|\bur\.)[^.!?\n]{0,32}$/;

/** The first three letters as one number, so that looking at every capitalised word makes no strings. */
function headOf(text: string, start: number): number {
  return (text.charCodeAt(start) << 20) ^ (text.charCodeAt(start + 1) << 10) ^ text.charCodeAt(start + 2);
}

/** One, two or four digits with a separator and more behind them, or an ordinal. */
function mayBeDate(text: string, start: number): boolean {
  let end = start;
  while (end - start < 5 && isDigit(text, end)) end++;
  if (end - start === 3 || end - start === 5) return false;
  const next = text.charCodeAt(end);
  if (next === 45 || next === 47 || next === 46) return isDigit(text, end + 1);
  if (next === 32)
    return isDigit(text, end + 1) || isUpper(text, end + 1) || text.charCodeAt(end + 1) === 111;
  return next === 115 || next === 110 || next === 114 || next === 116;
}

function sentenceBefore(text: string, start: number): string {
  return text.slice(Math.max(0, start - 56), start).toLowerCase();
}
