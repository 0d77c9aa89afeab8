import { characterTable, digitBit, lowerBit, upperBit } from "./characters.ts";
import { everydayBit, givenBit, lexiconBits, placeBit } from "./person-features.ts";

const wordBits = digitBit | lowerBit | upperBit;
// Past this a text without a single capital is data rather than chat.
const longestText = 20_000;

/**
 * A text written without capitals, with capitals given to those words that the lists know as given names and as nothing else,
 * so that it can be read as any other. Undefined where there is nothing to do. Every position stays what it was.
 */
export function withCapitals(text: string): string | undefined {
  if (text.length > longestText) return undefined;
  let output = "";
  let done = 0;
  for (let index = 0; index < text.length; ) {
    if ((characterTable[text.charCodeAt(index)]! & wordBits) === 0) {
      index++;
      continue;
    }
    const start = index;
    while (index < text.length && (characterTable[text.charCodeAt(index)]! & wordBits) !== 0) index++;
    if (index - start < 3) continue;
    const capital = text[start]!.toUpperCase();
    if (capital.length !== 1) continue;
    const word = capital + text.slice(start + 1, index);
    const bits = lexiconBits(word, 0, word.length);
    if ((bits & givenBit) === 0 || (bits & (everydayBit | placeBit)) !== 0) continue;
    output += text.slice(done, start) + word;
    done = index;
  }
  return done === 0 ? undefined : output + text.slice(done);
}
