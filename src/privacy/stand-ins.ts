/**
 * Whether a supposed secret is only a stand-in that people write in documentation: `YOUR_API_KEY`, `xxxxxxxx`,
 * `<password>`, `${TOKEN}`, `AKIAIOSFODNN7EXAMPLE`. Redacting those would only make an answer about them worse.
 */
export function isStandIn(value: string): boolean {
  return (
    standInWords.test(value) ||
    standInShapes.test(value) ||
    distinctCharacters(value) < Math.min(5, value.length)
  );
}

const standInWords =
  /example|placeholder|your[-_ ]?(?:api|secret|access|auth|token|key|pass|own|db|user|client|account)|^your|xxxx|\*\*\*|\.\.\.|redacted|dummy|change[-_]?me|replace[-_]?(?:me|with)|insert[-_]|goes[-_]?here|-here$|_here$|1234567890123456|abcdefghijkl/i;

const standInShapes =
  /^(?:<[^>]*>|\$\{[^}]*\}|\$\([^)]*\)|\{\{[^}]*\}\}|\{[A-Za-z_.]*\}|%[A-Za-z_]+%|\$[A-Z_][A-Z0-9_]*|%[sdv]|\[[^\]]*\]|@[A-Za-z_]+)$/;

/** How many different characters a text has, counted up to 16. */
export function distinctCharacters(value: string): number {
  const seen = new Set<number>();
  for (let index = 0; index < value.length && seen.size < 16; index++) seen.add(value.charCodeAt(index));
  return seen.size;
}

/** Shannon entropy in bits per character; 0 for an empty text. */
export function entropyPerCharacter(value: string): number {
  const counts = new Map<number, number>();
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / value.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
