/** What a stretch of text looks like. */
export type SegmentKind = "prose" | "code" | "table";

/** A sentence, a line or a block of code. */
export interface Segment {
  text: string;
  kind: SegmentKind;
  /** Whether it stands inside a fenced block. */
  fenced: boolean;
}

/** The most segments that are kept of one text. */
export const SEGMENT_LIMIT = 240;

/** Cut a normalised text into sentences, lines of code and rows of tables. At most SEGMENT_LIMIT; later ones are left out. */
export function splitSegments(normalised: string): Segment[] {
  const segments: Segment[] = [];
  let fenced = false;
  for (let start = 0; start < normalised.length && segments.length < SEGMENT_LIMIT; ) {
    const found = normalised.indexOf("\n", start);
    const end = found < 0 ? normalised.length : found;
    const line = normalised.slice(start, end);
    start = end + 1;
    if (line === "") continue;
    const fence = line.startsWith("```") || line.startsWith("~~~") ? FENCE.exec(line) : null;
    if (fence !== null) {
      fenced = !fenced;
      const rest = line.slice(fence[0].length);
      if (rest !== "") segments.push({ text: rest, kind: "code", fenced: true });
    } else if (fenced) segments.push({ text: line, kind: "code", fenced: true });
    else addLine(line, segments);
  }
  return segments.length > SEGMENT_LIMIT ? segments.slice(0, SEGMENT_LIMIT) : segments;
}

const FENCE = /^(?:```|~~~)\w*/;
const CODE_LINE =
  /[;{}]$|^\s*(?:def|class|import|from \w+ import|public|private|static|const|let|var|function|return|if \(|for \(|while \(|#include|using|package|select .* from|print\(|console\.|>>>|\$ |@\w+\(|}|\/\/|elif |else:|try:|except)|=>|:=|\w+\(.*\)[;:]?$|\w+\.\w+\(|<\/?\w+[^>]*>|\w = \w|==|!=|&&|\|\||file ".*", line \d+|^traceback|^\w*(?:error|exception):/;

function addLine(line: string, segments: Segment[]): void {
  const { signs, bars } = countSigns(line);
  if (bars >= 2) segments.push({ text: line, kind: "table", fenced: false });
  else if (signs > 0 && looksLikeCode(line, signs))
    segments.push({ text: line, kind: "code", fenced: false });
  else addSentences(line, segments);
}

/** A line is code when it has a form that prose does not take; `f(x)` alone in a sentence is not enough. */
function looksLikeCode(line: string, signs: number): boolean {
  if (/[?.!]$/.test(line) || !CODE_LINE.test(line)) return false;
  const words = line.match(/\p{L}{2,}/gu)?.length ?? 0;
  return words <= 3 * signs + 2;
}

const SIGNS = codesOf(";{}()[]=<>+*/\\_$#&|");
const BAR = 124;

/** The signs that code is full of, and how many of them are the bars of a table. */
function countSigns(line: string): { signs: number; bars: number } {
  let signs = 0;
  let bars = 0;
  for (let position = 0; position < line.length; position++) {
    const code = line.charCodeAt(position);
    if (code >= 128 || SIGNS[code] === 0) continue;
    signs++;
    if (code === BAR) bars++;
  }
  return { signs, bars };
}

const ENDS = codesOf(".!?;:");
const CLOSERS = codesOf("\"')]");
const WIDE_ENDS = "。！？；：؟।";
const BLANK = 32;

/** A sentence ends at a mark, which a quote or bracket may close, before a blank; or at a mark of a script without blanks. */
function addSentences(line: string, segments: Segment[]): void {
  let start = 0;
  const add = (end: number): void => {
    const text = line.slice(start, end).trim();
    if (text !== "") segments.push({ text, kind: "prose", fenced: false });
  };
  for (let position = 0; position < line.length; position++) {
    const code = line.charCodeAt(position);
    if (code === BLANK ? endsBefore(line, position) : code >= 128 && WIDE_ENDS.includes(line[position]!)) {
      add(position + 1);
      start = position + 1;
    }
  }
  add(line.length);
}

function endsBefore(line: string, blank: number): boolean {
  const last = line.charCodeAt(blank - 1);
  return isIn(ENDS, last) || (isIn(CLOSERS, last) && isIn(ENDS, line.charCodeAt(blank - 2)));
}

function isIn(table: Uint8Array, code: number): boolean {
  return code < 128 && table[code] === 1;
}

/** A table of ASCII that has 1 at each of some characters. */
function codesOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
