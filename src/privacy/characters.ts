/**
 * What one UTF-16 code unit can be part of, as bits. One table look-up a character is what the whole pre-scan costs,
 * so everything it has to tell apart is answered here.
 */
export const digitBit = 1;
export const lowerBit = 2;
export const upperBit = 4;
/** Underscore and hyphen: they join the words of one token. */
export const joinerBit = 8;
/** A mark that some detector starts from: at sign, colon, equals sign. */
export const markBit = 16;

const table = buildTable();

/** The bits of the character at `index`; 0 beyond the end. */
export function characterBits(text: string, index: number): number {
  return table[text.charCodeAt(index)] ?? 0;
}

/** The table itself, for the one loop that cannot afford a call per character. */
export const characterTable: Uint8Array = table;

/** Whether the character at `index` is a letter or a digit, in any script. */
export function isWordCharacter(text: string, index: number): boolean {
  return (characterBits(text, index) & (digitBit | lowerBit | upperBit)) !== 0;
}

/** Whether the character at `index` is an ASCII digit. */
export function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}

/** Whether the character at `index` is a capital letter. */
export function isUpper(text: string, index: number): boolean {
  return (characterBits(text, index) & upperBit) !== 0;
}

function buildTable(): Uint8Array {
  const bits = new Uint8Array(65536);
  // Caseless scripts, surrogates and the rest count as small letters: they continue words and never start a name.
  bits.fill(lowerBit, 0x250);
  bits.fill(0, 0x2000, 0x2070);
  bits.fill(0, 0x2190, 0x2c00);
  bits.fill(0, 0x3000, 0x3005);
  bits.fill(0, 0x3008, 0x3021);
  bits.fill(0, 0xff00, 0xff10);
  bits[0xfffd] = 0;
  bits[0xfeff] = 0;
  for (let code = 0x30; code <= 0x39; code++) bits[code] = digitBit;
  for (let code = 0x41; code < 0x590; code++) {
    const character = String.fromCharCode(code);
    if (character.toLowerCase() !== character) bits[code] = upperBit;
    else if (character.toUpperCase() !== character) bits[code] = lowerBit;
  }
  // Letters of these blocks that have no other case.
  for (const code of [0xaa, 0xba, 0x138, 0x149]) bits[code] = lowerBit;
  for (const character of "-_") bits[character.charCodeAt(0)] = joinerBit;
  for (const character of "@:=") bits[character.charCodeAt(0)] = markBit;
  return bits;
}
