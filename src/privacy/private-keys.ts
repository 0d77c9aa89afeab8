import type { Detector } from "./detector.ts";

/** PEM and PGP private keys, also where a config file has their line ends written out as `\n`, also cut short. */
export const privateKeys: Detector = {
  name: "private_keys",
  kinds: ["private_key"],
  run({ text }, emit, tick) {
    let footer = -1;
    for (let at = text.indexOf(opening); at >= 0; ) {
      tick();
      header.lastIndex = at;
      const head = header.exec(text);
      let next = at + opening.length;
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
        next = end;
      }
      at = text.indexOf(opening, next);
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
