import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { openDatabase } from "../lib/sqlite.ts";
import { KnowledgeError } from "./knowledge-error.ts";
import { splitDocument } from "./split-document.ts";

/** A passage of a document that fits a query. */
export interface FoundPassage {
  readonly title: string;
  readonly text: string;
  /** The document's path within its folder, and the passage's number in it. */
  readonly source: string;
  /** Share of the query's distinct words that the passage holds, 0 to 1. */
  readonly coverage: number;
}

/** Documents that can be searched. */
export interface Collection {
  readonly id: string;
  /** Passages held. */
  readonly size: number;
  /** The best passages, best first; none where nothing fits. */
  search(query: string, k: number): FoundPassage[];
  close(): void;
}

/** Bounds, so that a wrong folder does not fill the memory. */
const MAX_FILES = 10_000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Words of a query that are searched for: a longer question is not a better one. */
const MAX_QUERY_WORDS = 64;

/** Words that say nothing about what is asked. */
const STOP_WORDS = new Set(
  "a an and are as at be but by can could do does for from had has have how i if in into is it its me my not of on or our please should so tell than that the their them then there these they this to us was we were what when where which who why will with would you your".split(
    " ",
  ),
);

/**
 * Reads the Markdown and text files of a folder into a full-text index (FTS5, ranked by BM25).
 * @throws KnowledgeError where the folder cannot be read or holds nothing to read.
 */
export function openCollection(id: string, folder: string): Collection {
  const database = openDatabase(":memory:");
  database.exec(
    "CREATE VIRTUAL TABLE passages USING fts5(title, text, source UNINDEXED, tokenize = 'porter unicode61')",
  );
  const insert = database.prepare("INSERT INTO passages (title, text, source) VALUES (?, ?, ?)");
  let size = 0;
  database.exec("BEGIN");
  for (const file of documentsOf(id, folder)) {
    const name = relative(folder, file);
    for (const [index, passage] of splitDocument(readFileSync(file, "utf8"), name).entries()) {
      insert.run(passage.title, passage.text, `${name}#${index + 1}`);
      size++;
    }
  }
  database.exec("COMMIT");
  if (size === 0)
    throw new KnowledgeError(`Collection ${id}: ${folder} holds no .md or .txt file with text in it.`);
  const select = database.prepare(
    "SELECT title, text, source FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, 4.0, 1.0) LIMIT ?",
  );
  return {
    id,
    size,
    search(query, k) {
      const words = queryWords(query);
      if (words.length === 0) return [];
      const rows = select.all(words.map((word) => `"${word}"`).join(" OR "), k);
      return rows.map((row) => {
        const title = String(row.title);
        const text = String(row.text);
        return { title, text, source: String(row.source), coverage: coverageOf(words, `${title} ${text}`) };
      });
    },
    close: () => database.close(),
  };
}

/** The distinct words of a query that say something. */
function queryWords(query: string): string[] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.filter((word) => !STOP_WORDS.has(word)))].slice(0, MAX_QUERY_WORDS);
}

/** Words count as held where they agree in their first letters, as the index's stemmer sees it. */
function coverageOf(words: readonly string[], text: string): number {
  const held = new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map(stem));
  return words.filter((word) => held.has(stem(word))).length / words.length;
}

function stem(word: string): string {
  return word.length > 5 ? word.slice(0, Math.max(5, word.length - 3)) : word.replace(/s$/, "");
}

function documentsOf(id: string, folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    throw new KnowledgeError(`Collection ${id}: the folder ${folder} cannot be read.`, { cause });
  }
  const files = names
    .filter((name) => /\.(md|txt)$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
  if (files.length > MAX_FILES)
    throw new KnowledgeError(`Collection ${id}: ${folder} holds more than ${MAX_FILES} documents.`);
  return files.filter((file) => statSync(file).size <= MAX_FILE_BYTES);
}
