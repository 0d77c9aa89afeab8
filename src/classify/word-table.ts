import { createFinder } from "./hash-finder.ts";
import { ClassifyError, type TensorFile } from "./tensor-file.ts";

/** What each known word sequence says for every output of every head. */
export interface WordTable {
  /** The outputs' sums over the known sequences, divided by the root of their number; overwritten by the next call. */
  sums(hashed: Uint32Array): Float32Array;
  /** What one sequence of a text adds to one output; 0 where it is not known. */
  weight(hash: number, output: number): number;
  /** How many of these are known, at least 1. */
  known(hashed: Uint32Array): number;
}

/** Reads the table. Throws ClassifyError where its parts do not belong together, or are for another number of outputs. */
export function loadWordTable(file: TensorFile, outputs: number): WordTable {
  const hashes = file.hashes("words.hashes");
  const { rows, columns, values, scales } = file.quantised("words");
  const units = file.numbers("words.outputs");
  if (rows !== hashes.length || columns !== outputs || units.length !== outputs)
    throw new ClassifyError(
      "weights_invalid",
      "The weight file says not one thing of every word sequence for every output.",
    );
  const find = createFinder(hashes);
  const sums = new Float32Array(columns);
  return {
    sums: (hashed) => {
      sums.fill(0);
      let count = 0;
      for (let index = 0; index < hashed.length; index++) {
        const row = find(hashed[index]!);
        if (row < 0) continue;
        count++;
        const scale = scales[row]!;
        const start = row * columns;
        for (let output = 0; output < columns; output++) sums[output]! += values[start + output]! * scale;
      }
      const gain = 1 / Math.sqrt(Math.max(1, count));
      for (let output = 0; output < columns; output++) sums[output]! *= gain * units[output]!;
      return sums;
    },
    weight: (hash, output) => {
      const row = find(hash);
      return row < 0 ? 0 : values[row * columns + output]! * scales[row]! * units[output]!;
    },
    known: (hashed) =>
      Math.max(
        1,
        hashed.reduce((count, hash) => count + Number(find(hash) >= 0), 0),
      ),
  };
}
