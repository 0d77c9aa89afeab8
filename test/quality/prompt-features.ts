import type { Embedding } from "../../src/classify/embedding.ts";
import { formOf } from "../../src/classify/form.ts";
import { readText } from "../../src/classify/reading.ts";

/** What a router that learns from outcomes is given of a prompt. */
export interface PromptFeatures {
  /** The mean of the word vectors, of length 1, or all 0 where no word is known. */
  readonly vector: Float64Array;
  /** Measures of form. */
  readonly form: readonly number[];
  /** Words and pairs of words. */
  readonly terms: ReadonlySet<string>;
}

/** Words beyond these are not looked at. */
const MOST_WORDS = 600;

/** @param embedding the one that ships with the service. */
export function featurise(prompt: string, embedding: Embedding): PromptFeatures {
  const words =
    prompt
      .toLowerCase()
      .match(/[a-z]+|\d+|[^\sa-z\d]/g)
      ?.slice(0, MOST_WORDS) ?? [];
  const sum = new Float32Array(embedding.dimensions);
  embedding.sum(words, sum);
  const terms = new Set(words);
  for (let index = 1; index < words.length; index++) terms.add(`${words[index - 1]} ${words[index]}`);
  return { vector: Float64Array.from(sum), form: [...formOf(readText(prompt)).load, ...form(prompt)], terms };
}

/** Moves the mean of all vectors to 0 and makes each of length 1: static word vectors share one large direction. */
export function centreVectors(features: readonly PromptFeatures[]): void {
  const size = features[0]?.vector.length ?? 0;
  const mean = new Float64Array(size);
  for (const { vector } of features) {
    normalise(vector);
    for (let index = 0; index < size; index++) mean[index]! += vector[index]! / features.length;
  }
  for (const { vector } of features) {
    for (let index = 0; index < size; index++) vector[index]! -= mean[index]!;
    normalise(vector);
  }
}

function normalise(vector: Float64Array): void {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length > 0) for (let index = 0; index < vector.length; index++) vector[index]! /= length;
}

function form(prompt: string): number[] {
  const question = prompt.split(/\nA\. /, 1)[0]!;
  const words = prompt.match(/[A-Za-z]+/g) ?? [];
  const numbers = prompt.match(/\d[\d,]*(?:\.\d+)?/g) ?? [];
  const total = Math.max(1, words.length);
  const count = (pattern: RegExp, text = prompt): number => text.match(pattern)?.length ?? 0;
  const flag = (condition: boolean): number => (condition ? 1 : 0);
  return [
    Math.log1p(prompt.length),
    Math.log1p(question.length),
    Math.log1p(prompt.length - question.length),
    Math.log1p(numbers.length),
    Math.log1p(count(/\d[\d,]*(?:\.\d+)?/g, question)),
    numbers.length / (total + numbers.length),
    words.reduce((sum, word) => sum + word.length, 0) / total,
    words.filter((word) => word.length >= 8).length / total,
    Math.log1p(count(/[-+*/=^<>]/g)),
    Math.log1p(count(/\b\d{4,}\b|\d+\.\d+/g)),
    flag(/[=^√∑∫\\]|\$/.test(prompt)),
    flag(prompt.includes("Statement")),
    flag(/\b(?:not|except|least|false|incorrect)\b/i.test(question)),
    flag(/___|[^?.:\s]\s*$/.test(question)),
  ];
}
