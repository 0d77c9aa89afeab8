import type { PromptFeatures } from "./prompt-features.ts";

/** Learns a number from few labelled prompts. */
export interface KernelRidge {
  predict(prompt: PromptFeatures): number;
}

/** What the three views of a prompt weigh: word vectors, form, and shared words. Chosen on MMLU, by hand. */
const TERM_WEIGHT = 0.3;
const VECTOR_SHARPNESS = 3;
const FORM_SHARPNESS = 1;
const REGULARISATION = 20;
const MOST_DEVIATION = 4;

/** Kernel ridge regression: prompts that look alike are expected to have like labels, all others the mean. */
export function fitKernelRidge(prompts: readonly PromptFeatures[], labels: readonly number[]): KernelRidge {
  const mean = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const view = createView(prompts);
  const seen = prompts.map(view);
  const size = seen.length;
  const matrix = seen.map((one) => Float64Array.from(seen, (other) => similarity(one, other)));
  for (let row = 0; row < size; row++) matrix[row]![row]! += REGULARISATION;
  const weights = solve(
    matrix,
    Float64Array.from(labels, (label) => label - mean),
  );
  return {
    predict(prompt) {
      const one = view(prompt);
      let sum = mean;
      for (let index = 0; index < size; index++) sum += weights[index]! * similarity(one, seen[index]!);
      return sum;
    },
  };
}

interface View {
  readonly vector: Float64Array;
  readonly form: Float64Array;
  /** Weights of the terms, of length 1 together, sorted by term. */
  readonly terms: Int32Array;
  readonly weights: Float64Array;
}

/** Scales form and weighs terms as the training prompts say; terms that they hold less than twice are left out. */
function createView(prompts: readonly PromptFeatures[]): (prompt: PromptFeatures) => View {
  const width = prompts[0]?.form.length ?? 0;
  const columns = Array.from({ length: width }, (_, index) => {
    const values = prompts.map((prompt) => prompt.form[index]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
  const frequency = new Map<string, number>();
  for (const prompt of prompts)
    for (const term of prompt.terms) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  const known = [...frequency].filter(([, count]) => count > 1);
  const terms = new Map(
    known.map(([term, count], index) => [term, { index, weight: Math.log(prompts.length / count) + 1 }]),
  );
  return (prompt) => {
    const found = [...prompt.terms]
      .flatMap((term) => terms.get(term) ?? [])
      .sort((a, b) => a.index - b.index);
    const length = Math.sqrt(found.reduce((sum, { weight }) => sum + weight * weight, 0)) || 1;
    return {
      vector: prompt.vector,
      form: Float64Array.from(prompt.form, (value, index) => {
        const { mean, deviation } = columns[index]!;
        return Math.max(-MOST_DEVIATION, Math.min(MOST_DEVIATION, (value - mean) / deviation));
      }),
      terms: Int32Array.from(found, ({ index }) => index),
      weights: Float64Array.from(found, ({ weight }) => weight / length),
    };
  };
}

function similarity(one: View, other: View): number {
  let cosine = 0;
  for (let index = 0; index < one.vector.length; index++) cosine += one.vector[index]! * other.vector[index]!;
  let distance = 0;
  for (let index = 0; index < one.form.length; index++)
    distance += (one.form[index]! - other.form[index]!) ** 2;
  const form = Math.exp((-FORM_SHARPNESS * distance) / one.form.length);
  return TERM_WEIGHT * sharedTerms(one, other) + Math.exp(VECTOR_SHARPNESS * (cosine - 1)) + form;
}

function sharedTerms(one: View, other: View): number {
  let [sum, left, right] = [0, 0, 0];
  while (left < one.terms.length && right < other.terms.length) {
    const step = one.terms[left]! - other.terms[right]!;
    if (step === 0) sum += one.weights[left]! * other.weights[right]!;
    if (step <= 0) left++;
    if (step >= 0) right++;
  }
  return sum;
}

/** Cholesky; the matrix, which is symmetric and positive definite, is overwritten. */
function solve(matrix: Float64Array[], wanted: Float64Array): Float64Array {
  const size = wanted.length;
  for (let row = 0; row < size; row++) {
    const below = matrix[row]!;
    for (let column = 0; column <= row; column++) {
      const across = matrix[column]!;
      let sum = below[column]!;
      for (let index = 0; index < column; index++) sum -= below[index]! * across[index]!;
      below[column] = row === column ? Math.sqrt(sum) : sum / across[column]!;
    }
  }
  const solution = Float64Array.from(wanted);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) solution[row]! -= matrix[row]![column]! * solution[column]!;
    solution[row]! /= matrix[row]![row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let lower = row + 1; lower < size; lower++)
      solution[row]! -= matrix[lower]![row]! * solution[lower]!;
    solution[row]! /= matrix[row]![row]!;
  }
  return solution;
}
