import { isWordCharacter } from "./characters.ts";
import type { Detector, Emit } from "./detector.ts";
import { distinctCharacters, isStandIn } from "./stand-ins.ts";
import { type TokenRule, tokenRules } from "./token-rules.ts";

/** Tokens that carry their vendor's prefix, JSON Web Tokens, and an AWS secret key next to its access key. */
export const vendorTokens: Detector = {
  name: "vendor_tokens",
  kinds: [...new Set(tokenRules.map((rule) => rule.kind)), "jwt", "aws_secret_key"],
  run({ text, longRuns }, emit, tick) {
    for (let pair = 0; pair < longRuns.length; pair += 2) {
      tick();
      const start = tokenStart(text, longRuns[pair]!);
      if (matchJsonWebToken(text, start, emit)) continue;
      if (text.charCodeAt(start - 1) === 46) matchDotted(text, start, emit);
      matchPrefix(text, start, emit);
    }
  },
};

const rulesByStart = groupByStart(tokenRules.filter((rule) => !rule.prefix.includes(".")));
const dottedRules = tokenRules.filter((rule) => rule.prefix.includes("."));
const jsonWebToken = /eyJ[A-Za-z0-9_-]{10,4096}\.[A-Za-z0-9_-]{10,16384}(?:\.[A-Za-z0-9_-]{0,4096}){1,3}/y;
const bareSecretKey = /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;
const neighbourhood = 240;

/** Skips the letter of an escape such as `\n` that was written out, and joiners in front of the token. */
function tokenStart(text: string, runStart: number): number {
  let start = runStart;
  if (text.charCodeAt(start - 1) === 92 && "nrt".includes(text[start]!)) start++;
  while (text.charCodeAt(start) === 45 || text.charCodeAt(start) === 95) start++;
  return start;
}

function matchJsonWebToken(text: string, start: number, emit: Emit): boolean {
  if (text.charCodeAt(start) !== 101 || !text.startsWith("eyJ", start)) return false;
  jsonWebToken.lastIndex = start;
  const match = jsonWebToken.exec(text);
  if (match === null) return false;
  emit(start, start + match[0].length, "jwt", 0.98);
  return true;
}

function matchPrefix(text: string, start: number, emit: Emit): void {
  const candidates = rulesByStart.get((text.charCodeAt(start) << 16) | text.charCodeAt(start + 1));
  if (candidates === undefined) return;
  for (const rule of candidates) {
    if (text.startsWith(rule.prefix, start) && matchRule(text, start, rule, emit)) return;
  }
}

function matchRule(text: string, start: number, rule: TokenRule, emit: Emit): boolean {
  rule.body.lastIndex = start + rule.prefix.length;
  const match = rule.body.exec(text);
  if (match === null) return false;
  const body = match[0];
  // Real tokens are random: many different characters and at least one digit or capital, unlike a long identifier.
  if (isStandIn(body) || distinctCharacters(body) < 8 || !/[0-9A-Z]/.test(body)) return true;
  if (rule.prefix === "sk-" && !/[0-9]/.test(body)) return true;
  const end = start + rule.prefix.length + body.length;
  emit(start, end, rule.kind, 0.97, rule.prefix);
  if (rule.kind === "aws_access_key") matchSecretKeyNearby(text, end, emit);
  return true;
}

/** The secret that belongs to an access key stands close by, and alone has no mark of its own. */
function matchSecretKeyNearby(text: string, from: number, emit: Emit): void {
  const window = text.slice(Math.max(0, from - 20 - neighbourhood), from + neighbourhood);
  const offset = Math.max(0, from - 20 - neighbourhood);
  bareSecretKey.lastIndex = 0;
  for (let match = bareSecretKey.exec(window); match !== null; match = bareSecretKey.exec(window)) {
    const value = match[0];
    if (/[a-z]/.test(value) && /[A-Z]/.test(value) && /[0-9/+]/.test(value) && !isStandIn(value)) {
      emit(offset + match.index, offset + match.index + 40, "aws_secret_key", 0.85, "near_access_key");
    }
  }
}

/** A prefix that holds a full stop is a run of its own: the long run is what follows it. */
function matchDotted(text: string, start: number, emit: Emit): void {
  for (const rule of dottedRules) {
    const at = start - (rule.prefix.lastIndexOf(".") + 1);
    if (at >= 0 && text.startsWith(rule.prefix, at) && !isWordCharacter(text, at - 1))
      matchRule(text, at, rule, emit);
  }
}

function groupByStart(rules: readonly TokenRule[]): Map<number, TokenRule[]> {
  const groups = new Map<number, TokenRule[]>();
  for (const rule of [...rules].sort((a, b) => b.prefix.length - a.prefix.length)) {
    const key = (rule.prefix.charCodeAt(0) << 16) | rule.prefix.charCodeAt(1);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [rule]);
    else group.push(rule);
  }
  return groups;
}
