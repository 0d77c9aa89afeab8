const SAMPLE = 20_000;

/**
 * Estimate how many tokens a text is for a byte-pair tokeniser of the o200k kind, in any language; within about 15 %
 * on prose. Long texts are estimated from evenly spaced samples, so the cost is bounded.
 */
export function estimateTokens(text: string): number {
  if (text.length <= SAMPLE) return Math.ceil(count(text));
  const pieces = 8;
  const size = SAMPLE / pieces;
  let total = 0;
  for (let index = 0; index < pieces; index++) {
    const start = Math.floor(((text.length - size) * index) / (pieces - 1));
    total += count(text.slice(start, start + size));
  }
  return Math.ceil((total * text.length) / SAMPLE);
}

/** Characters per token by kind of run beyond ASCII, from how such tokenisers treat each script. */
const RUNS: readonly [RegExp, (length: number) => number][] = [
  [/\p{Script=Han}+/uy, (length) => length * 0.8],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]+/uy, (length) => length * 0.75],
  [/\p{Script=Hangul}+/uy, (length) => length * 0.65],
  [/[\p{Script=Latin}\p{M}]+/uy, (length) => Math.max(1, length / 2.5)],
  [/[\p{Script=Cyrillic}\p{Script=Greek}]+/uy, (length) => Math.max(1, length / 3.6)],
  [/[\p{Script=Arabic}\p{Script=Hebrew}]+/uy, (length) => Math.max(1, length / 2.8)],
  [/[\p{L}\p{M}]+/uy, (length) => Math.max(1, length / 2.4)],
];

function count(text: string): number {
  let tokens = 0;
  let position = 0;
  while (position < text.length) {
    const kind = kindOf(text.charCodeAt(position));
    if (kind === OTHER) {
      const end = runEnd(text, position);
      tokens += end.tokens;
      position = end.position;
      continue;
    }
    const start = position;
    do position++;
    while (position < text.length && kindOf(text.charCodeAt(position)) === kind);
    tokens += plainTokens(kind, position - start);
  }
  return tokens;
}

/** Runs of ASCII are told apart by a table, since most texts are made of them alone. */
const [OTHER, LETTER, DIGIT, SPACE, BREAK, MARK] = [0, 1, 2, 3, 4, 5];
const KINDS = kindTable();

function kindTable(): Uint8Array {
  const kinds = new Uint8Array(128);
  for (let code = 33; code < 127; code++) kinds[code] = MARK;
  for (let code = 48; code < 58; code++) kinds[code] = DIGIT;
  for (let letter = 0; letter < 26; letter++) kinds[65 + letter] = kinds[97 + letter] = LETTER;
  kinds[32] = SPACE;
  for (const code of [9, 10, 13]) kinds[code] = BREAK;
  return kinds;
}

function kindOf(code: number): number {
  return code < 128 ? KINDS[code]! : OTHER;
}

function plainTokens(kind: number, length: number): number {
  switch (kind) {
    case LETTER:
      return length <= 7 ? 1 : 1 + (length - 7) / 5;
    case DIGIT:
      return Math.ceil(length / 3);
    case SPACE:
      return length > 1 ? 1 : 0;
    case BREAK:
      return 1;
    default:
      return Math.ceil(length / 2.2);
  }
}

function runEnd(text: string, position: number): { position: number; tokens: number } {
  for (const [pattern, tokensFor] of RUNS) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match !== null) return { position: pattern.lastIndex, tokens: tokensFor(match[0].length) };
  }
  // Emoji and other symbols: a surrogate pair is about two tokens, anything else one.
  const wide = (text.codePointAt(position) ?? 0) > 0xffff;
  return { position: position + (wide ? 2 : 1), tokens: wide ? 2 : 1 };
}
