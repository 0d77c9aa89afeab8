import type { Features } from "./features.ts";
import type { Quantised, TensorFile } from "./tensor-file.ts";

/** One head of the model: scores in log-odds, and what each feature did to one of them. */
export interface Head {
  /** Calibrated log-odds of every output. */
  logits(features: Features): Float32Array;
  /**
   * What each dense feature and each word sequence did to one output, against the mean of the others if `others` is
   * given: gradient times distance from the training mean.
   */
  influence(
    features: Features,
    output: number,
    others: boolean,
  ): { dense: Float32Array; hashed: Float32Array };
}

const CLIP = 5;
/** The sum of word sequences is divided by the root of their number and scaled as in training. */
const HASH_GAIN = 3;

/** Build a head from the weight file. Throws ClassifyError if a tensor is missing. */
export function loadHead(file: TensorFile, name: string, rulesShare = 0): Head {
  const w1 = dequantise(file.quantised(`${name}.w1`));
  const w2 = dequantise(file.quantised(`${name}.w2`));
  const wl = dequantise(file.quantised(`${name}.wl`));
  const wh = file.quantised(`${name}.wh`);
  const b1 = file.numbers(`${name}.b1`);
  const b = file.numbers(`${name}.b`);
  const mean = file.numbers(`${name}.mean`);
  const scale = file.numbers(`${name}.scale`);
  const calibration = file.numbers(`${name}.calibration`);
  const [slope, offset] = [calibration[0]!, calibration[1]!];
  const width = mean.length;

  // Plain loops instead of `map`: these run for every request, and a call for each number costs more than the arithmetic.
  const standardise = (dense: Float32Array): Float32Array => {
    const z = new Float32Array(width);
    for (let index = 0; index < width; index++) {
      const value = (dense[index]! - mean[index]!) * scale[index]!;
      z[index] = value > CLIP ? CLIP : value < -CLIP ? -CLIP : value;
    }
    return z;
  };
  const hidden = (z: Float32Array): Float32Array => {
    const h = new Float32Array(b1.length);
    for (let row = 0; row < h.length; row++) h[row] = Math.max(0, b1[row]! + dot(w1, row * width, z));
    return h;
  };

  return {
    logits: (features) => {
      const z = standardise(features.dense);
      const h = hidden(z);
      const raw = b.map((bias, row) => bias + dot(wl, row * width, z) + dot(w2, row * h.length, h));
      const gain = HASH_GAIN / Math.sqrt(Math.max(1, features.hashed.length));
      for (const bucket of features.hashed) addRow(wh, bucket, gain, raw);
      return raw.map((value, row) => slope * (value + rulesShare * (features.rules[row] ?? 0)) + offset);
    },
    influence: (features, output, others) => {
      const z = standardise(features.dense);
      const h = hidden(z);
      const share = new Float32Array(b.length).fill(others ? -1 / (b.length - 1) : 0);
      share[output] = 1;
      const gradient = new Float32Array(width);
      for (let row = 0; row < share.length; row++) addScaled(wl, row * width, share[row]!, gradient);
      for (let unit = 0; unit < h.length; unit++) {
        if (h[unit] === 0) continue;
        let weight = 0;
        for (let row = 0; row < share.length; row++) weight += share[row]! * w2[row * h.length + unit]!;
        addScaled(w1, unit * width, weight, gradient);
      }
      const gain = HASH_GAIN / Math.sqrt(Math.max(1, features.hashed.length));
      const hashed = Float32Array.from(features.hashed, (bucket) => {
        const row = new Float32Array(share.length);
        addRow(wh, bucket, gain, row);
        return slope * row.reduce((sum, value, index) => sum + value * share[index]!, 0);
      });
      return { dense: gradient.map((value, index) => slope * value * z[index]!), hashed };
    },
  };
}

function dequantise(matrix: Quantised): Float32Array {
  return Float32Array.from(
    matrix.values,
    (value, index) => value * (matrix.scales[Math.floor(index / matrix.columns)] as number),
  );
}

/** Four sums side by side: one alone would wait for each addition before it can begin the next. */
function dot(matrix: Float32Array, start: number, vector: Float32Array): number {
  const { length } = vector;
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let index = 0;
  for (; index + 3 < length; index += 4) {
    const at = start + index;
    first += matrix[at]! * vector[index]!;
    second += matrix[at + 1]! * vector[index + 1]!;
    third += matrix[at + 2]! * vector[index + 2]!;
    fourth += matrix[at + 3]! * vector[index + 3]!;
  }
  for (; index < length; index++) first += matrix[start + index]! * vector[index]!;
  return first + second + (third + fourth);
}

function addScaled(matrix: Float32Array, start: number, factor: number, into: Float32Array): void {
  for (let index = 0; index < into.length; index++)
    into[index] = into[index]! + factor * matrix[start + index]!;
}

function addRow(matrix: Quantised, row: number, factor: number, into: Float32Array): void {
  const scale = matrix.scales[row]! * factor;
  for (let column = 0; column < into.length; column++) {
    into[column] = into[column]! + matrix.values[row * matrix.columns + column]! * scale;
  }
}
