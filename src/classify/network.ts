import type { Features } from "./features.ts";
import { createSparseLayer, standardised } from "./sparse-layer.ts";
import type { Quantised, TensorFile } from "./tensor-file.ts";
import { loadWordTable, type WordTable } from "./word-table.ts";

/** What the model makes of one text: calibrated log-odds of every output of every head. */
export type Logits<Name extends string> = Readonly<Record<Name, Float32Array>>;

/** The trained heads, worked out together: each is a linear part, a small hidden layer, and a weight for each word sequence. */
export interface Network<Name extends string> {
  logits(features: Features): Logits<Name>;
  /**
   * What each dense feature and each word sequence did to one output of a head, against the mean of the others if `others`
   * is given: gradient times distance from the training mean.
   */
  influence(
    features: Features,
    head: Name,
    output: number,
    others: boolean,
  ): { dense: Float32Array; hashed: Float32Array };
}

/**
 * Build the heads from the weight file. Throws ClassifyError if a tensor is missing.
 *
 * @param names the heads; the first starts from the scores of the rules
 * @param rulesShare how much of them it takes
 */
export function loadNetwork<Name extends string>(
  file: TensorFile,
  names: readonly Name[],
  rulesShare: number,
): Network<Name> {
  const mean = file.numbers("mean");
  const scale = file.numbers("scale");
  const heads = names.map((name, index) => loadHead(file, name, index === 0 ? rulesShare : 0));
  const layer = createSparseLayer({
    rows: heads.flatMap((head) => [...rowsOf(head.w1, mean.length), ...rowsOf(head.wl, mean.length)]),
    biases: heads.flatMap((head) => [...head.b1, ...head.b]),
    mean,
    scale,
  });
  const words = loadWordTable(
    file,
    heads.reduce((sum, { b }) => sum + b.length, 0),
  );
  return {
    logits: (features) => {
      const sums = layer(features.dense);
      const fromWords = words.sums(features.hashed);
      const result = {} as Record<Name, Float32Array>;
      let [column, output] = [0, 0];
      heads.forEach((head, index) => {
        result[names[index]!] = outputsOf(head, features, sums, column, fromWords.subarray(output));
        column += head.b1.length + head.b.length;
        output += head.b.length;
      });
      return result;
    },
    influence: (features, name, output, others) => {
      const head = heads[names.indexOf(name)]!;
      const first = heads.slice(0, names.indexOf(name)).reduce((sum, { b }) => sum + b.length, 0);
      const z = features.dense.map((value, index) => standardised(value, mean[index]!, scale[index]!));
      return influenceOf(head, { z, words, first, hashed: features.hashed }, output, others);
    },
  };
}

interface Head {
  w1: Float32Array;
  b1: Float32Array;
  w2: Float32Array;
  wl: Float32Array;
  b: Float32Array;
  slope: number;
  offset: number;
  rulesShare: number;
}

function loadHead(file: TensorFile, name: string, rulesShare: number): Head {
  const [slope = 1, offset = 0] = file.numbers(`${name}.calibration`);
  const matrix = (part: string): Float32Array => dequantise(file.quantised(`${name}.${part}`));
  return {
    w1: matrix("w1"),
    b1: file.numbers(`${name}.b1`),
    w2: matrix("w2"),
    wl: matrix("wl"),
    b: file.numbers(`${name}.b`),
    slope,
    offset,
    rulesShare,
  };
}

function dequantise({ values, scales, columns }: Quantised): Float32Array {
  return Float32Array.from(values, (value, index) => value * scales[Math.floor(index / columns)]!);
}

function rowsOf(matrix: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: matrix.length / width }, (_, row) =>
    matrix.subarray(row * width, (row + 1) * width),
  );
}

function outputsOf(
  { b, b1, w2, slope, offset, rulesShare }: Head,
  { rules }: Features,
  sums: Float64Array,
  column: number,
  fromWords: Float32Array,
): Float32Array {
  const units = b1.length;
  const result = new Float32Array(b.length);
  for (let output = 0; output < result.length; output++) {
    let sum = sums[column + units + output]! + fromWords[output]!;
    for (let unit = 0; unit < units; unit++) {
      const hidden = sums[column + unit]!;
      if (hidden > 0) sum += hidden * w2[output * units + unit]!;
    }
    result[output] = slope * (sum + rulesShare * (rules[output] ?? 0)) + offset;
  }
  return result;
}

/** A text as its influence is worked out from it. */
interface Influenced {
  /** The standardised dense features. */
  readonly z: Float32Array;
  readonly hashed: Uint32Array;
  readonly words: WordTable;
  /** The head's first output among those of all heads. */
  readonly first: number;
}

function influenceOf(
  { w1, b1, w2, wl, b, slope }: Head,
  { z, hashed, words, first }: Influenced,
  output: number,
  others: boolean,
): { dense: Float32Array; hashed: Float32Array } {
  const share = new Float32Array(b.length).fill(others ? -1 / (b.length - 1) : 0);
  share[output] = 1;
  const gradient = new Float32Array(z.length);
  const linear = rowsOf(wl, z.length);
  linear.forEach((row, index) => {
    addScaled(row, share[index]!, gradient);
  });
  rowsOf(w1, z.length).forEach((row, unit) => {
    const before = row.reduce((sum, weight, index) => sum + weight * z[index]!, b1[unit]!);
    if (before <= 0) return;
    addScaled(
      row,
      share.reduce((sum, part, index) => sum + part * w2[index * b1.length + unit]!, 0),
      gradient,
    );
  });
  const gain = slope / Math.sqrt(words.known(hashed));
  return {
    dense: gradient.map((value, index) => slope * value * z[index]!),
    hashed: Float32Array.from(hashed, (hash) =>
      share.reduce((sum, part, index) => sum + gain * part * words.weight(hash, first + index), 0),
    ),
  };
}

function addScaled(row: Float32Array, factor: number, into: Float32Array): void {
  for (let index = 0; index < into.length; index++) into[index]! += factor * row[index]!;
}
