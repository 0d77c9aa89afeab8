/** What one pass over the characters of a text counts. */
export interface CharacterCounts {
  /** How often each ASCII character occurs. */
  readonly ascii: Uint16Array;
  /** Runs of digits; those with a point or comma between them are one. */
  readonly numbers: number;
  /** Question marks of any script. */
  readonly questions: number;
  /** Signs of arithmetic and comparison. */
  readonly arithmetic: number;
  /** UTF-16 units beyond ASCII. */
  readonly beyondAscii: number;
  /** Quotation marks of any script. */
  readonly quotes: number;
  /** Whether one sign stands six times or more in a row, blanks between them or not. */
  readonly repeatedSigns: boolean;
}

const QUESTIONS = "？؟";
const ARITHMETIC = "×÷√∑∫π≤≥";
const QUOTES = "“”«»「」";
const [BLANK, NEWLINE, COMMA, POINT, UNDERSCORE] = [32, 10, 44, 46, 95];
const REPEATS = 6;

/** Count the characters of a normalised text of at most 65,535. */
export function countCharacters(text: string): CharacterCounts {
  const ascii = new Uint16Array(128);
  let [numbers, questions, arithmetic, beyondAscii, quotes] = [0, 0, 0, 0, 0];
  let [last, beforeLast, sign, run, longestRun] = [0, 0, 0, 0, 0];
  for (let position = 0; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code < 128) {
      ascii[code]!++;
      if (isDigit(code)) {
        if (!isDigit(last) && !((last === POINT || last === COMMA) && isDigit(beforeLast))) numbers++;
        sign = 0;
      } else if ((code >= 97 && code <= 122) || code === UNDERSCORE || code === NEWLINE) sign = 0;
      else if (code === BLANK) {
        if (last === BLANK) sign = 0;
      } else {
        run = code === sign ? run + 1 : 1;
        if (run > longestRun) longestRun = run;
        sign = code;
      }
    } else {
      beyondAscii++;
      const character = text[position]!;
      if (QUESTIONS.includes(character)) questions++;
      else if (ARITHMETIC.includes(character)) arithmetic++;
      else if (QUOTES.includes(character)) quotes++;
      // The first half of a pair says little: what repeats is the second.
      if (code < 0xd800 || code > 0xdbff) {
        run = code === sign ? run + 1 : 1;
        if (run > longestRun) longestRun = run;
        sign = code;
      }
    }
    beforeLast = last;
    last = code;
  }
  return {
    ascii,
    numbers,
    questions: questions + ascii[63]!,
    arithmetic: arithmetic + sumOf(ascii, "+=^<>%"),
    beyondAscii,
    quotes: quotes + ascii[34]!,
    repeatedSigns: longestRun >= REPEATS,
  };
}

/** How often any of some ASCII characters occurs. */
export function sumOf(ascii: Uint16Array, characters: string): number {
  let sum = 0;
  for (let index = 0; index < characters.length; index++) sum += ascii[characters.charCodeAt(index)]!;
  return sum;
}

/** How often any ASCII character of a range occurs, both ends included. */
export function sumBetween(ascii: Uint16Array, first: number, last: number): number {
  let sum = 0;
  for (let code = first; code <= last; code++) sum += ascii[code]!;
  return sum;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
