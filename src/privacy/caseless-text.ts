import { characterTable, digitBit, lowerBit, upperBit } from "./characters.ts";
import { everydayBit, givenBit, lexiconBits, placeBit } from "./person-features.ts";

const wordBits = digitBit | lowerBit | upperBit;
// Past this a text without a single capital is data rather than chat.
const longestText = 20_000;

/**
 * A text written without capitals, with capitals given to those words that the lists know as given names and as nothing else,
 * so that it can be read as any other. Undefined where there is nothing to do. Every position stays what it was. `units`
 * are those of the text.
 */
export function withCapitals(text: string, units: Uint16Array): string | undefined {
  if (text.length > longestText) return undefined;
  let output = "";
  let done = 0;
  for (let index = 0; index < text.length; ) {
    if ((characterTable[units[index]!]! & wordBits) === 0) {
      index++;
      continue;
    }
    const start = index;
    while ((characterTable[units[index]!]! & wordBits) !== 0) index++;
    if (index - start < 3) continue;
    const capital = capitalOf(units[start]!);
    if (capital < 0) continue;
    const bits = lexiconBits(units, start, index, capital);
    if ((bits & givenBit) === 0 || (bits & (everydayBit | placeBit)) !== 0) continue;
    output += text.slice(done, start) + String.fromCharCode(capital) + text.slice(start + 1, index);
    done = index;
  }
  return done === 0 ? undefined : output + text.slice(done);
}

/** The capital of a letter, what has none as it is; -1 where the capital is more than one unit. */
function capitalOf(code: number): number {
  if (code < 128) return code >= 97 && code <= 122 ? code - 32 : code;
  const capital = String.fromCharCode(code).toUpperCase();
  return capital.length === 1 ? capital.charCodeAt(0) : -1;
}
