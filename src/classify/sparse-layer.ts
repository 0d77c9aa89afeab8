/** A matrix over standardised features. */
export interface Layer {
  /** The weights of each sum, one for each feature. */
  readonly rows: readonly Float32Array[];
  /** What each sum starts from. */
  readonly biases: readonly number[];
  readonly mean: Float32Array;
  /** One over the spread. */
  readonly scale: Float32Array;
}

/**
 * The hidden units (before their bend) and linear parts of all heads. Most features of most texts are 0, so what these do is
 * worked out once; a text adds what its other features change. Eight features at a time: each sum is read and written once for
 * them. In double precision, since that is what is added in any case, and to convert every weight costs more than to read it.
 */
export function createSparseLayer({
  rows,
  biases,
  mean,
  scale,
}: Layer): (dense: Float32Array) => Float64Array {
  const width = mean.length;
  const columns = rows.length;
  // One row of zeros more, for the places that are left over in the last eight.
  const weights = new Float64Array((width + 1) * columns);
  rows.forEach((row, column) => {
    for (let feature = 0; feature < width; feature++) weights[feature * columns + column] = row[feature]!;
  });
  const absent = Float64Array.from(mean, (value, feature) => standardised(0, value, scale[feature]!));
  const start = Float64Array.from(biases, (bias, column) =>
    rows[column]!.reduce((sum, weight, feature) => sum + weight * absent[feature]!, bias),
  );
  const present = new Uint32Array(width + TOGETHER);
  const changes = new Float64Array(width + TOGETHER);
  const sums = new Float64Array(columns);
  return (dense) => {
    let count = 0;
    for (let feature = 0; feature < width; feature++) {
      const value = dense[feature]!;
      if (value === 0) continue;
      present[count] = feature * columns;
      changes[count++] = standardised(value, mean[feature]!, scale[feature]!) - absent[feature]!;
    }
    for (; count % TOGETHER !== 0; count++) {
      present[count] = width * columns;
      changes[count] = 0;
    }
    sums.set(start);
    for (let index = 0; index < count; index += TOGETHER) addEight(weights, present, changes, index, sums);
    return sums;
  };
}

const TOGETHER = 8;

function addEight(
  weights: Float64Array,
  rows: Uint32Array,
  factors: Float64Array,
  index: number,
  sums: Float64Array,
): void {
  const [a, b, c, d] = [rows[index]!, rows[index + 1]!, rows[index + 2]!, rows[index + 3]!];
  const [e, f, g, h] = [rows[index + 4]!, rows[index + 5]!, rows[index + 6]!, rows[index + 7]!];
  const [p, q, r, s] = [factors[index]!, factors[index + 1]!, factors[index + 2]!, factors[index + 3]!];
  const [t, u, v, w] = [factors[index + 4]!, factors[index + 5]!, factors[index + 6]!, factors[index + 7]!];
  for (let column = 0; column < sums.length; column++) {
    const first =
      p * weights[a + column]! +
      q * weights[b + column]! +
      (r * weights[c + column]! + s * weights[d + column]!);
    const second =
      t * weights[e + column]! +
      u * weights[f + column]! +
      (v * weights[g + column]! + w * weights[h + column]!);
    sums[column]! += first + second;
  }
}

const CLIP = 5;

/** A feature in units of its spread, held within a few of them. */
export function standardised(value: number, mean: number, scale: number): number {
  return Math.max(-CLIP, Math.min(CLIP, (value - mean) * scale));
}
