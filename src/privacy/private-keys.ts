import type { Detector } from "./detector.ts";

/** PEM and PGP private keys, also where a config file has their line ends written out as `\n`, also cut short. */
export const privateKeys: Detector = {
  name: "private_keys",
  kinds: ["private_key"],
  run({ text, units, capitalised }, emit, tick) {
    let footer = -1;
    let passed = 0;
    for (let pair = 0; pair < capitalised.length; pair += 2) {
      tick();
      // The word BEGIN behind a hyphen: cheaper than to search every text for the whole opening.
      const word = capitalised[pair]!;
      if (units[word] !== 66 || capitalised[pair + 1]! - word !== 5 || units[word - 1] !== 45) continue;
      const at = word - 5;
      if (at < passed || !text.startsWith(opening, at)) continue;
      header.lastIndex = at;
      const head = header.exec(text);
      if (head !== null) {
        const bodyStart = at + head[0].length;
        // The footer found for an earlier header serves until passed: many headers without one stay linear.
        if (footer < bodyStart && footer !== Number.POSITIVE_INFINITY) {
          footer = text.indexOf(closing, bodyStart);
          if (footer < 0) footer = Number.POSITIVE_INFINITY;
        }
        const end =
          footer - bodyStart <= longestBody ? endOfFooter(text, footer) : endOfBody(text, bodyStart);
        emit(at, end, "private_key", 0.99);
        passed = end;
      }
    }
  },
};

const opening = "-----BEGIN ";
const closing = "-----END ";
const longestBody = 32_768;
const header = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const footerLine = /-----END [A-Z0-9 ]{0,60}-----/y;
const body = /(?:[A-Za-z0-9+/=:, \t\r\n-]|\\[nr]){0,32768}/y;

function endOfFooter(text: string, at: number): number {
  footerLine.lastIndex = at;
  const match = footerLine.exec(text);
  return at + (match === null ? closing.length : match[0].length);
}

/** A key whose end is missing is still a key: all that could be its body goes. */
function endOfBody(text: string, start: number): number {
  body.lastIndex = start;
  const match = body.exec(text);
  return start + (match === null ? 0 : match[0].trimEnd().length);
}
