import { readFileSync } from "node:fs";
import { sha256Hex } from "../lib/digest.ts";
import { EMBEDDINGS_FILE } from "./embedding.ts";
import { type Features, type Featuriser, FORM_NAMES } from "./features.ts";

/** What a prompt is about and how it is put, for whoever learns from outcomes. Its texts cannot be read off. */
export interface PromptFeatures {
  /** Word vectors of the whole text, of length 1, or all 0 where no word is known; then the measures of form. */
  readonly numbers: Float32Array;
  /** How many of the numbers are of the vector. */
  readonly vectorLength: number;
  /** Buckets of the word sequences, each once, below 16,384. */
  readonly words: Uint32Array;
}

/** Raised when the code that makes the features changes what they mean. */
const VERSION = 3;

/** The number of buckets for word sequences. */
const BUCKETS = 16_384;

/**
 * Names the features: what was learned from others must not be applied to these. Follows from the weights that ship and from
 * what is measured. Throws ClassifyError if the weights cannot be read.
 */
export function promptFeaturesId(): string {
  const content = [sha256Hex(readFileSync(EMBEDDINGS_FILE)), FORM_NAMES.join(), String(BUCKETS)].join("\n");
  return `${VERSION}-${sha256Hex(content).slice(0, 16)}`;
}

/** @param features what the featuriser made of the text */
export function promptFeaturesOf(features: Features, { embeddings, dimensions }: Featuriser): PromptFeatures {
  const start = embeddings.indexOf("text") * dimensions;
  const formStart = embeddings.length * dimensions;
  const numbers = new Float32Array(dimensions + FORM_NAMES.length);
  numbers.set(features.dense.subarray(start, start + dimensions));
  numbers.set(features.dense.subarray(formStart, formStart + FORM_NAMES.length), dimensions);
  let square = 0;
  for (let index = 0; index < dimensions; index++) square += numbers[index]! ** 2;
  const length = Math.sqrt(square) || 1;
  for (let index = 0; index < dimensions; index++) numbers[index]! /= length;
  return { numbers, vectorLength: dimensions, words: bucketsOf(features.hashed) };
}

/** Outcomes are few: what they teach of a word sequence is kept by bucket, each once. */
function bucketsOf(hashed: Uint32Array): Uint32Array {
  return Uint32Array.from(new Set(Array.from(hashed, (hash) => hash & (BUCKETS - 1))));
}
