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
  for (const line of normalised.split("\n")) {
    if (segments.length >= SEGMENT_LIMIT) break;
    if (FENCE.test(line)) {
      fenced = !fenced;
      const rest = line.replace(FENCE, "");
      if (rest !== "") segments.push({ text: rest, kind: "code", fenced: true });
      continue;
    }
    if (line === "") continue;
    if (fenced) segments.push({ text: line, kind: "code", fenced: true });
    else if ((line.match(/\|/g)?.length ?? 0) >= 2)
      segments.push({ text: line, kind: "table", fenced: false });
    else if (looksLikeCode(line)) segments.push({ text: line, kind: "code", fenced: false });
    else for (const text of sentences(line)) segments.push({ text, kind: "prose", fenced: false });
  }
  return segments.slice(0, SEGMENT_LIMIT);
}

const FENCE = /^(?:```|~~~)\w*/;
const CODE_LINE =
  /[;{}]$|^\s*(?:def|class|import|from \w+ import|public|private|static|const|let|var|function|return|if \(|for \(|while \(|#include|using|package|select .* from|print\(|console\.|>>>|\$ |@\w+\(|}|\/\/|elif |else:|try:|except)|=>|:=|\w+\(.*\)[;:]?$|\w+\.\w+\(|<\/?\w+[^>]*>|\w = \w|==|!=|&&|\|\||file ".*", line \d+|^traceback|^\w*(?:error|exception):/;

/** A line is code when it has a form that prose does not take; `f(x)` alone in a sentence is not enough. */
function looksLikeCode(line: string): boolean {
  const words = line.match(/\p{L}{2,}/gu)?.length ?? 0;
  const signs = line.match(/[;{}()[\]=<>+*/\\_$#&|]/g)?.length ?? 0;
  if (signs === 0 || !CODE_LINE.test(line)) return false;
  return words <= 3 * signs + 2 && !/[?.!]$/.test(line);
}

function sentences(line: string): string[] {
  return line
    .split(SENTENCE_END)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

const SENTENCE_END = /(?<=[.!?;:]["')\]]?) (?=\S)|(?<=[。！？；：؟।])/u;
