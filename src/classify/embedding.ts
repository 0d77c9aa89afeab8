import { ClassifyError, readTensorFile } from "./tensor-file.ts";

/** Static word embeddings: a vector for every English word, put together from word pieces. */
export interface Embedding {
  dimensions: number;
  /**
   * Add up the vectors of words; frequent words have short vectors and so count little.
   *
   * @param start position of the first word
   * @param end position after the last word
   * @returns the number of pieces that were known
   */
  sum(words: readonly string[], into: Float32Array, start?: number, end?: number): number;
}

/** The embeddings that ship with the service. */
export const EMBEDDINGS_FILE = new URL("./weights/embeddings.bin", import.meta.url);

/** Load the embeddings that ship with the service. Throws ClassifyError if they cannot be read. */
export function loadEmbedding(path: URL = EMBEDDINGS_FILE): Embedding {
  const file = readTensorFile(path);
  const vocabulary = file.meta.vocabulary;
  if (typeof vocabulary !== "string")
    throw new ClassifyError("weights_invalid", "The embeddings have no vocabulary.");
  const { columns, values, scales } = file.quantised("embeddings");
  const rows = new Map(vocabulary.split(" ").map((token, row) => [token, row]));
  const addRow = (row: number, into: Float32Array): void => {
    const scale = scales[row]!;
    const base = row * columns;
    for (let column = 0; column < columns; column++) into[column]! += values[base + column]! * scale;
  };
  return {
    dimensions: columns,
    sum: (words, into, start = 0, end = words.length) => {
      let known = 0;
      for (let position = start; position < end; position++) {
        const word = words[position]!;
        const whole = rows.get(word);
        if (whole !== undefined) {
          addRow(whole, into);
          known++;
          continue;
        }
        const pieces = piecesOf(word, rows);
        for (const row of pieces) addRow(row, into);
        known += pieces.length;
      }
      return known;
    },
  };
}

/** Longer words are names of nothing. */
const WORD_LENGTH_LIMIT = 40;
/** No token of the vocabulary is longer. */
const PIECE_LENGTH_LIMIT = 18;

/** WordPiece: the longest known piece first, `##` before those that go on; nothing for a word that cannot be cut. */
export function piecesOf(word: string, rows: ReadonlyMap<string, number>): number[] {
  const whole = rows.get(word);
  if (whole !== undefined) return [whole];
  const apostrophe = word.search(/['’]/);
  if (apostrophe > 0) return piecesOf(word.slice(0, apostrophe), rows);
  if (word.length > WORD_LENGTH_LIMIT) return [];
  const pieces: number[] = [];
  for (let start = 0; start < word.length; ) {
    let end = Math.min(word.length, start + PIECE_LENGTH_LIMIT);
    let row: number | undefined;
    for (; end > start; end--) {
      row = rows.get((start > 0 ? "##" : "") + word.slice(start, end));
      if (row !== undefined) break;
    }
    if (row === undefined) return [];
    pieces.push(row);
    start = end;
  }
  return pieces;
}
