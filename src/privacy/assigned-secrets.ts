import { characterBits, digitBit, joinerBit, lowerBit, upperBit } from "./characters.ts";
import type { Detector } from "./detector.ts";
import type { Kind } from "./kinds.ts";
import { distinctCharacters, entropyPerCharacter, isStandIn } from "./stand-ins.ts";

/** Values without a mark of their own that a name gives away: `password: ...`, `"api_key": "..."`, `--token=...`. */
export const assignedSecrets: Detector = {
  name: "assigned_secrets",
  kinds: ["password", "generic_secret", "aws_secret_key", "azure_key", "bearer_token"],
  run({ text, assignments, numbers, mixedWords }, emit, tick) {
    for (const mark of assignments) {
      tick();
      const name = nameBefore(text, mark);
      if (name === "") continue;
      const kind = kindOfName(name);
      if (kind === undefined) continue;
      const value = valueAfter(text, mark, kind);
      if (value === undefined) continue;
      const confidence = judge(kind, value, text);
      if (confidence > 0) emit(value.start, value.end, kind, confidence, name.slice(-24).toLowerCase());
    }
    // Such a password holds a digit, and most texts hold none.
    if (numbers.length + mixedWords.length === 0) return;
    for (const sentence of passwordSentences(text)) {
      tick();
      emit(sentence.start, sentence.end, "password", 0.75, "sentence");
    }
  },
};

/**
 * The kind and confidence of a value that stands under a name of its own, as in JSON: there the whole value is the
 * secret, spaces and all. Undefined if the name promises no secret or the value is a stand-in.
 */
export function judgeNamedValue(name: string, value: string): { kind: Kind; confidence: number } | undefined {
  const kind = kindOfName(name);
  if (kind === undefined || value.length < 4 || isStandIn(value) || commonWords.test(value)) return undefined;
  if (kind === "password") return { kind, confidence: 0.9 };
  const confidence = judge(kind, { start: 0, end: value.length, text: value, quoted: true }, value);
  return confidence > 0 ? { kind, confidence } : undefined;
}

type Value = {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly quoted: boolean;
};

const longestName = 48;
const shortestName = 3;
// password, pwd, secret, token, key, passphrase, passcode, pass, credentials, authorization, sig: what none of them ends
// with is no such name, and most names are told apart by that alone.
const lastLetters = new Uint8Array(256);
for (const letter of "dtynesgDTYNESGzaZA") lastLetters[letter.charCodeAt(0)] = 1;

/** The name left of an assignment mark, without quotes and spaces; empty if it cannot be the name of a secret. */
function nameBefore(text: string, mark: number): string {
  let end = mark;
  for (let skipped = 0; skipped < 4 && end > 0 && " \t\"'`]*\\".includes(text[end - 1]!); skipped++) end--;
  if (end === 0 || lastLetters[text.charCodeAt(end - 1)] !== 1) return "";
  let start = end;
  const floor = Math.max(0, end - longestName);
  while (start > floor && (characterBits(text, start - 1) & nameBits) !== 0) start--;
  return end - start < shortestName ? "" : text.slice(start, end);
}

const nameBits = digitBit | lowerBit | upperBit | joinerBit;

function kindOfName(name: string): Kind | undefined {
  const lower = name.toLowerCase();
  if (passwordName.test(lower)) return "password";
  if (azureName.test(lower)) return "azure_key";
  if (awsName.test(lower)) return "aws_secret_key";
  if (authorizationName.test(lower)) return "bearer_token";
  return secretName.test(lower) && !tokenCountName.test(lower) ? "generic_secret" : undefined;
}

const passwordName =
  /(?:password|passwd|passphrase|passcode|passwort|contrase(?:n|ñ)a|_pass|-pass|^pass|pwd)$/;
const azureName = /^(?:account|sharedaccess)key$|^sig$/;
const awsName = /(?:aws|amazon).{0,24}secret|secret_?access_?key/;
const authorizationName = /authorization$/;
const secretName =
  /(?:secret|token|api[_-]?key|apikey|access[_-]?key|auth[_-]?key|private[_-]?key|secret[_-]?key|encryption[_-]?key|signing[_-]?key|master[_-]?key|credentials?|client[_-]?secret|connection[_-]?string)$/;
// Tokens of a language model or a parser, and of cancellation: not secrets.
const tokenCountName =
  /^(?:max|min|num|n|next|eos|bos|pad|unk|sep|cls|mask|stop|start|end|cancellation)[_-]?token$/;

/** The value right of the mark: quoted up to its quote, or bare up to white space or a closing sign. */
function valueAfter(text: string, mark: number, kind: Kind): Value | undefined {
  let start = mark + 1;
  for (let skipped = 0; skipped < 6 && " \t=>:\\\"'`".includes(text[start] ?? "\n"); skipped++) start++;
  authorizationScheme.lastIndex = start;
  const scheme = authorizationScheme.exec(text);
  if (scheme !== null) start += scheme[0].length;
  const before = text[start - 1]!;
  const quoted = before === '"' || before === "'" || before === "`";
  const pattern = quoted
    ? quotedValue
    : text.charCodeAt(mark) === 58 && kind === "password"
      ? freeValue
      : bareValue;
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  let value = match[0];
  if (quoted) {
    if (/\s/.test(value)) return undefined;
  } else value = value.replace(/[.,:;)}\]]+$/, "");
  if (value.endsWith("\\")) value = value.slice(0, -1);
  return { start, end: start + value.length, text: value, quoted };
}

const authorizationScheme = /(?:Bearer|Basic|Token|ApiKey|Digest|Bot) +/iy;
const quotedValue = /[^"'`\r\n]{1,512}/y;
// After a colon a password may hold any sign; in a query string or a connection string it ends at the next parameter.
const freeValue = /[^\s"'`<>]{1,512}/y;
const bareValue = /[^\s"'`<>(){}[\],;&|]{1,512}/y;

function judge(kind: Kind, value: Value, text: string): number {
  const word = value.text;
  if (isStandIn(word) || commonWords.test(word)) return 0;
  if (!value.quoted && looksLikeCode(value, text)) return 0;
  switch (kind) {
    case "password":
      return judgePassword(value);
    case "aws_secret_key":
      return /^[A-Za-z0-9/+=]{36,44}$/.test(word) ? 0.97 : judgeRandom(word, 16);
    case "azure_key":
      return /^[A-Za-z0-9+/%]{40,}={0,2}$/.test(word) ? 0.95 : 0;
    case "bearer_token":
      return judgeRandom(word, 12);
    default:
      return judgeRandom(word, 12);
  }
}

const commonWords =
  /^(?:true|false|null|none|nil|undefined|string|str|text|bytes?|int|number|boolean|bool|any|object|required|optional|hidden|empty|password\d?|passwd|secret|token|invalid|valid|incorrect|wrong|missing|self|this|process|os|env|input|request|req|config|settings|https?)$/i;

function looksLikeCode(value: Value, text: string): boolean {
  const next = text[value.end] ?? "";
  if (next === "(" || next === "[") return true;
  if (isScrambled(value.text)) return false;
  // A dotted path or a bare identifier is a variable, not its value.
  return (
    /^[A-Za-z_$][A-Za-z_$]*(?:[.][A-Za-z_$][A-Za-z_$0-9]*)*$/.test(value.text) &&
    !/[A-Z][a-z]*[A-Z].*\d/.test(value.text)
  );
}

/** Letters whose case changes as no identifier's does: `sWNllifUjEJo`. */
function isScrambled(word: string): boolean {
  return (
    /^[A-Za-z]{10,64}$/.test(word) &&
    !/[a-z]{5}/.test(word) &&
    (word.match(/[a-z][A-Z]|[A-Z][a-z]/g)?.length ?? 0) >= 4
  );
}

function judgePassword({ text: word, quoted }: Value): number {
  if (word.length < 4 || word.length > 128) return 0;
  const classes =
    Number(/[a-z]/.test(word)) +
    Number(/[A-Z]/.test(word)) +
    Number(/\d/.test(word)) +
    Number(/[^A-Za-z0-9]/.test(word));
  if (classes >= 3) return 0.9;
  if (classes === 2 && /\d/.test(word) && word.length >= 6) return 0.85;
  if (classes === 2 && word.length >= 8 && (quoted || isScrambled(word))) return 0.7;
  if (/^\d{6,}$/.test(word)) return 0.6;
  return quoted && word.length >= 6 && /^[a-z]+$/.test(word) ? 0.55 : 0;
}

function judgeRandom(word: string, shortest: number): number {
  if (word.length < shortest || !/[A-Za-z]/.test(word) || !/\d/.test(word)) return 0;
  if (distinctCharacters(word) < 8 || !/^[\x21-\x7e]+$/.test(word)) return 0;
  const bits = entropyPerCharacter(word);
  if (bits >= 3.5) return 0.85;
  return bits >= 2.9 ? 0.65 : 0;
}

const passwordSentence =
  /pass(?:word|code|phrase) (?:is|was|to) (?:now |set to |just )?["'`]?([^\s"'`,;<>]{6,128})/iy;

/** "the password is hunter2": searched from each occurrence of the word, which is rare, and never elsewhere. */
function* passwordSentences(text: string): Generator<{ start: number; end: number }> {
  for (let at = text.indexOf("ass"); at >= 0; at = text.indexOf("ass", at + 3)) {
    if (at === 0 || !"wcp".includes(text[at + 3] ?? " ")) continue;
    passwordSentence.lastIndex = at - 1;
    const match = passwordSentence.exec(text);
    if (match === null) continue;
    const value = match[1]!.replace(/[.,:;)]+$/, "");
    if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || isStandIn(value)) continue;
    const start = at - 1 + match[0].length - match[1]!.length;
    yield { start, end: start + value.length };
  }
}
