import type { Detector } from "./detector.ts";

/** Dates that the words in front of them call somebody's birth; other dates are nobody's. */
export const datesOfBirth: Detector = {
  name: "dates_of_birth",
  kinds: ["date_of_birth"],
  run({ text, numbers, capitalised }, emit, tick) {
    let passed = 0;
    for (const start of numbers) {
      tick();
      if (start < passed) continue;
      numericDate.lastIndex = start;
      const match = numericDate.exec(text);
      if (match === null || !birthWords.test(sentenceBefore(text, start))) continue;
      passed = start + match[0].length;
      emit(start, passed, "date_of_birth", 0.9);
    }
    for (let pair = 0; pair < capitalised.length; pair += 2) {
      tick();
      const start = capitalised[pair]!;
      if (!monthStarts.includes(text.slice(start, start + 3))) continue;
      monthFirstDate.lastIndex = start;
      const match = monthFirstDate.exec(text);
      if (match === null || !birthWords.test(sentenceBefore(text, start))) continue;
      emit(start, start + match[0].length, "date_of_birth", 0.9);
    }
  },
};

const month =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?";
const monthStarts = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
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

function sentenceBefore(text: string, start: number): string {
  return text.slice(Math.max(0, start - 56), start).toLowerCase();
}
