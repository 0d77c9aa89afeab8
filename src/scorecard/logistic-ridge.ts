/** One outcome as the fit sees it. */
export interface LogisticRow {
  /** Positions of the features that are not 0; each once. */
  readonly places: Uint32Array;
  /** Their values, one for each place. */
  readonly values: Float64Array;
  /** Log-odds of success by what is known already. */
  readonly base: number;
  /** 0 to 1. */
  readonly success: number;
}

const MOST_STEPS = 12;
const MOST_DIRECTIONS = 25;
/** Conjugate directions are good enough once what is left is this share of the gradient. */
const INNER_PRECISION = 0.05;
const PRECISION = 1e-3;
/** An outcome hardly informs where it was foreseen, but always a little: without this, a first step could be boundless. */
const LEAST_INFORMATION = 1e-3;

/**
 * The weights that make outcomes likeliest, given that each weight is normally distributed around 0 with a variance of
 * 1 / `penalty`: Newton's method, in which each step is found by conjugate gradients, so that the cost is in proportion to
 * the features that are not 0. Deterministic.
 *
 * @param width the number of features
 */
export function fitLogisticRidge(rows: readonly LogisticRow[], width: number, penalty: number): Float64Array {
  let weights = new Float64Array(width);
  let height = logPosterior(rows, weights, penalty);
  for (let step = 0; step < MOST_STEPS; step++) {
    const gradient = weights.map((weight) => -penalty * weight);
    const information = new Float64Array(rows.length);
    rows.forEach((row, index) => {
      const probability = 1 / (1 + Math.exp(-logOdds(row, weights)));
      information[index] = Math.max(LEAST_INFORMATION, probability * (1 - probability));
      addTo(gradient, row, row.success - probability);
    });
    if (dot(gradient, gradient) < PRECISION ** 2 * rows.length) break;
    const direction = solve(rows, information, penalty, gradient);
    let share = 1;
    let next = moved(weights, direction, share);
    let reached = logPosterior(rows, next, penalty);
    while (reached < height && share > 1e-4) {
      share /= 2;
      next = moved(weights, direction, share);
      reached = logPosterior(rows, next, penalty);
    }
    if (!(reached > height)) break;
    weights = next;
    height = reached;
  }
  return weights;
}

/** What the features of a row add up to under some weights. */
function weigh({ places, values }: LogisticRow, weights: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < places.length; index++) sum += values[index]! * weights[places[index]!]!;
  return sum;
}

function logOdds(row: LogisticRow, weights: Float64Array): number {
  return Math.max(-30, Math.min(30, row.base + weigh(row, weights)));
}

function logPosterior(rows: readonly LogisticRow[], weights: Float64Array, penalty: number): number {
  let sum = (-penalty * dot(weights, weights)) / 2;
  for (const row of rows) {
    const odds = logOdds(row, weights);
    sum += row.success * odds - (odds > 0 ? odds + Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds)));
  }
  return sum;
}

/** (X' I X + penalty) x = wanted, by conjugate gradients. */
function solve(
  rows: readonly LogisticRow[],
  information: Float64Array,
  penalty: number,
  wanted: Float64Array,
): Float64Array {
  const solution = new Float64Array(wanted.length);
  const rest = Float64Array.from(wanted);
  const direction = Float64Array.from(wanted);
  let left = dot(rest, rest);
  const enough = INNER_PRECISION ** 2 * left;
  for (let step = 0; step < MOST_DIRECTIONS && left > enough; step++) {
    const image = direction.map((value) => penalty * value);
    rows.forEach((row, index) => {
      addTo(image, row, information[index]! * weigh(row, direction));
    });
    const length = left / dot(direction, image);
    for (let place = 0; place < wanted.length; place++) {
      solution[place]! += length * direction[place]!;
      rest[place]! -= length * image[place]!;
    }
    const next = dot(rest, rest);
    for (let place = 0; place < wanted.length; place++)
      direction[place] = rest[place]! + (next / left) * direction[place]!;
    left = next;
  }
  return solution;
}

function addTo(sums: Float64Array, { places, values }: LogisticRow, factor: number): void {
  for (let index = 0; index < places.length; index++) sums[places[index]!]! += factor * values[index]!;
}

function moved(from: Float64Array, direction: Float64Array, share: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(from, (value, place) => value + share * direction[place]!);
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let place = 0; place < left.length; place++) sum += left[place]! * right[place]!;
  return sum;
}
