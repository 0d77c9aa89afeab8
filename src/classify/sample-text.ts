/** The most characters of one text that are looked at; longer texts are sampled. */
export const SAMPLE_LIMIT = 12_000;

const HEAD = 5_000;
const TAIL = 4_000;
const WINDOWS = 6;

/**
 * Cut a text down to what is worth reading: its beginning and end whole, where instructions stand, and evenly spaced
 * windows between. The result has at most SAMPLE_LIMIT characters and depends on nothing but the text.
 */
export function sampleText(text: string): string {
  if (text.length <= SAMPLE_LIMIT) return text;
  const size = Math.floor((SAMPLE_LIMIT - HEAD - TAIL - 2 * (WINDOWS + 1)) / WINDOWS);
  const middle = text.length - HEAD - TAIL;
  const pieces = [text.slice(0, HEAD)];
  for (let index = 0; index < WINDOWS; index++) {
    const start = HEAD + Math.floor(((middle - size) * (index + 0.5)) / WINDOWS);
    pieces.push(text.slice(start, start + size));
  }
  pieces.push(text.slice(-TAIL));
  return pieces.join("\n\n");
}
