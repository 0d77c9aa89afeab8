import { isWordCharacter } from "./characters.ts";
import type { Detector } from "./detector.ts";

/** E-mail addresses, in any script. */
export const emails: Detector = {
  name: "emails",
  kinds: ["email"],
  run({ text, ats }, emit, tick) {
    for (const at of ats) {
      tick();
      const start = startOfLocalPart(text, at);
      if (start === at) continue;
      // user:password@host belongs to the URL detector, and so does user@host.
      if (text.charCodeAt(start - 1) === 47 || isInsideUrl(text, start)) continue;
      domain.lastIndex = at + 1;
      const match = domain.exec(text);
      if (match === null) continue;
      const end = at + 1 + match[0].length;
      // git@host:path is how a repository is named, not a person.
      if (text.charCodeAt(end) === 58 && text.slice(start, at) === "git") continue;
      emit(start, end, "email", 0.97);
    }
  },
};

const longestLocalPart = 64;
const localMarks = "._%+-'&~!#$*/=?^{|}`";
const domain =
  /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|\p{L}{2,24})(?![\p{L}\p{N}])/uy;

function startOfLocalPart(text: string, at: number): number {
  const floor = Math.max(0, at - longestLocalPart);
  let start = at;
  while (start > floor && (isWordCharacter(text, start - 1) || localMarks.includes(text[start - 1]!)))
    start--;
  // Marks at the front belong to the sentence (a quote, a slash, a list mark), not to the address.
  while (start < at && !isWordCharacter(text, start) && text[start] !== "_" && text[start] !== "+") start++;
  // In `to=ann@example.org` the address begins after the sign. Searched in the part alone, never in the whole text.
  return start + text.slice(start, at).lastIndexOf("=") + 1;
}

function isInsideUrl(text: string, start: number): boolean {
  if (text.charCodeAt(start - 1) !== 58) return false;
  const before = text.slice(Math.max(0, start - 140), start);
  const scheme = before.lastIndexOf("://");
  return scheme >= 0 && !/\s/.test(before.slice(scheme));
}
