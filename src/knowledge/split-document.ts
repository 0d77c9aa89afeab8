/** A piece of a document that makes sense on its own. */
export interface DocumentPassage {
  /** The headings above it, outermost first. */
  readonly title: string;
  readonly text: string;
}

/** Characters of a passage: enough to answer from, few enough to be to the point. */
const MAX_CHARACTERS = 1_200;

/** Splits Markdown at its headings, and long sections at their paragraphs. @param name the title where none is given. */
export function splitDocument(markdown: string, name: string): DocumentPassage[] {
  const passages: DocumentPassage[] = [];
  const headings: string[] = [];
  let paragraphs: string[] = [];
  const flush = (): void => {
    const title = headings.filter(Boolean).join(" > ") || name;
    for (const text of pack(paragraphs)) passages.push({ title, text });
    paragraphs = [];
  };
  for (const block of markdown.split(/\n{2,}/)) {
    const heading = /^(#{1,6})\s+(.+)$/m.exec(block.trim());
    if (!heading || !block.trim().startsWith("#")) {
      if (block.trim()) paragraphs.push(block.trim());
      continue;
    }
    flush();
    const level = heading[1]?.length ?? 1;
    headings.length = level - 1;
    headings[level - 1] = heading[2]?.trim() ?? "";
    const rest = block.trim().slice(heading[0].length).trim();
    if (rest) paragraphs.push(rest);
  }
  flush();
  return passages;
}

/** Joins paragraphs up to the limit; a single longer one is cut at it. */
function pack(paragraphs: readonly string[]): string[] {
  const packed: string[] = [];
  let current = "";
  for (const paragraph of paragraphs.flatMap(cut)) {
    if (current && current.length + paragraph.length + 2 > MAX_CHARACTERS) {
      packed.push(current);
      current = paragraph;
    } else {
      current = current ? `${current}\n\n${paragraph}` : paragraph;
    }
  }
  if (current) packed.push(current);
  return packed;
}

function cut(paragraph: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < paragraph.length; at += MAX_CHARACTERS)
    pieces.push(paragraph.slice(at, at + MAX_CHARACTERS));
  return pieces;
}
