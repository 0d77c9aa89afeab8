/**
 * Trains the model that tells which capitalised words are parts of persons' names, and writes src/privacy/person-model.ts:
 *
 *   node test/privacy/train-person-model.ts DATA_FOLDER
 *
 * Logistic regression over hashed features, AdaGrad, fixed seed: the same data gives the same file. Trained on the train
 * split of presidio_synth_v2 (names in it are also exchanged for names from our lists, and the lists are hidden for a
 * share of the words, so that the model learns to do without them), with words of benign prompts that no list knows as names
 * for counter-examples.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { everydayWords, familyNames, givenNames } from "../../src/privacy/name-lists.ts";
import {
  everydayBit,
  familyBit,
  featureSpace,
  givenBit,
  isJoined,
  lexiconBits,
  mostFeatures,
  organisationBit,
  personFeatures,
  placeBit,
  titleBit,
} from "../../src/privacy/person-features.ts";
import { type Anchors, scanAnchors } from "../../src/privacy/scan.ts";

type Row = {
  readonly source: string;
  readonly prompt: string;
  readonly split?: string;
  readonly spans?: readonly [number, number, string][];
};
type Example = { readonly features: Int32Array; readonly label: number; readonly weight: number };

const [folder, flag] = process.argv.slice(2);
if (folder === undefined) throw new Error("Say where the data is.");
// Their licences do not allow weights that ship, or it cannot be told for each text.
const unshippable = new Set(["benign_mbpp_plus", "benign_synthetic_templates"]);
const contextFeatures = [8, 15] as const;
const contextDropout = 0.6;
const random = createRandom(20_261_124);
const given = givenNames.split(" ").filter((name) => /^\p{Script=Latin}+$/u.test(name));
const family = familyNames.split(" ").filter((name) => /^\p{Script=Latin}+$/u.test(name));
const names = (row: Row) =>
  (row.spans ?? []).filter(([, , type]) => type === "PERSON").map(([start, end]) => [start, end] as const);

const all = readRows("risk/pii_presidio_synth_v2.jsonl.gz").filter(
  (row) => !/[\u{10000}-\u{10ffff}]/u.test(row.prompt),
);
const training = flag === "--all" ? all : all.filter((row) => row.split === "train");
const examples: Example[] = [];
for (const row of training) {
  for (let copy = 0; copy < 8; copy++) {
    const { prompt, spans } = copy < 2 ? { prompt: row.prompt, spans: names(row) } : exchangeNames(row);
    examples.push(...examplesOf(prompt, spans, copy === 0 ? 0 : 0.45));
  }
}
for (const row of readRows("risk/benign_pool.jsonl.gz").filter((row) => !unshippable.has(row.source)))
  examples.push(...examplesByList(row.prompt, 0), ...examplesByList(row.prompt, 0.5));

for (const name of [...given, ...family]) examples.push(spellingExample(name, 1));
for (const word of everydayWords.split(" "))
  examples.push(spellingExample(word[0]!.toUpperCase() + word.slice(1), 0));

const weights = train(examples);
const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
const scale = 127 / largest;
const bytes = Int8Array.from(weights, (weight) => Math.round(weight * scale));
const lines = [
  "// Written by test/privacy/train-person-model.ts. Do not edit.",
  "// Trained on presidio_synth_v2 (microsoft/presidio-research, MIT) and on words of benign prompts; see docs/privacy.md.",
  "",
  "/** Weights in 8 bits, base64. */",
  `export const personWeights =\n  "${Buffer.from(bytes.buffer).toString("base64")}";`,
  "",
  "/** What one step of a weight is worth, in logits. */",
  `export const personScale = ${(1 / scale).toPrecision(6)};`,
  "",
];
writeFileSync(new URL("../../src/privacy/person-model.ts", import.meta.url), lines.join("\n"));
console.log(
  `${examples.length} examples, ${examples.filter((example) => example.label === 1).length} of them names`,
);

function readRows(path: string): Row[] {
  const text = gunzipSync(readFileSync(join(folder!, path))).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}

function examplesOf(
  prompt: string,
  spans: readonly (readonly [number, number])[],
  hideShare: number,
): Example[] {
  const anchors = scanAnchors(prompt, true);
  const { capitalised, units } = anchors;
  const bits: number[] = [];
  for (let pair = 0; pair < capitalised.length; pair += 2) {
    const known = lexiconBits(units, capitalised[pair]!, capitalised[pair + 1]!);
    const hide = (known & (givenBit | familyBit)) !== 0 && random() < hideShare;
    bits.push(hide ? known & ~(givenBit | familyBit) : known);
  }
  return bits.map((_, index) => {
    const start = capitalised[index * 2]!;
    const label = spans.some(([from, to]) => start >= from && start < to) ? 1 : 0;
    const features = featuresAt(anchors, capitalised, bits, index);
    return { features: random() < contextDropout ? withoutContext(features) : features, label, weight: 1 };
  });
}

/**
 * Ordinary prompts name people too, unmarked. A given name (no everyday word, no place) and what is joined to it count
 * as names, words that no list knows as names and that stand beside none as others; the rest is left out.
 */
function examplesByList(prompt: string, hideShare: number): Example[] {
  const anchors = scanAnchors(prompt, true);
  const { capitalised, units } = anchors;
  const known: number[] = [];
  for (let pair = 0; pair < capitalised.length; pair += 2)
    known.push(lexiconBits(units, capitalised[pair]!, capitalised[pair + 1]!));
  const joined = (index: number) =>
    index > 0 &&
    index < known.length &&
    isJoined(units, capitalised[index * 2 - 1]!, capitalised[index * 2]!);
  const plain = everydayBit | placeBit | titleBit | organisationBit;
  const isGiven = (index: number) => (known[index]! & givenBit) !== 0 && (known[index]! & plain) === 0;
  const isName = (index: number) => ((known[index] ?? 0) & (givenBit | familyBit)) !== 0;
  const bits = known.map((word) => (random() < hideShare ? word & ~(givenBit | familyBit) : word));
  const result: Example[] = [];
  let insideName = false;
  for (let index = 0; index < known.length; index++) {
    insideName = isGiven(index) || (insideName && joined(index) && (known[index]! & plain) === 0);
    const other =
      !isName(index) && !(joined(index) && isName(index - 1)) && !(joined(index + 1) && isName(index + 1));
    if (!insideName && !other) continue;
    const certain = insideName && (joined(index) || joined(index + 1));
    const features = featuresAt(anchors, capitalised, bits, index);
    result.push({ features, label: insideName ? 1 : 0, weight: certain || other ? 0.5 : 0.25 });
  }
  return result;
}

function featuresAt(
  { text, units }: Anchors,
  capitalised: readonly number[],
  bits: readonly number[],
  index: number,
): Int32Array {
  const buffer = new Int32Array(mostFeatures);
  const start = capitalised[index * 2]!;
  const end = capitalised[index * 2 + 1]!;
  const before = index > 0 && isJoined(units, capitalised[index * 2 - 1]!, start) ? bits[index - 1]! : -1;
  const after =
    index + 1 < bits.length && isJoined(units, end, capitalised[index * 2 + 2]!) ? bits[index + 1]! : -1;
  return buffer.slice(0, personFeatures(units, text.length, start, end, bits[index]!, before, after, buffer));
}

/** Few templates, many rows: without this the model would learn the templates' words by heart. */
function withoutContext(features: Int32Array): Int32Array {
  return features.filter((_, index) => index < contextFeatures[0] || index > contextFeatures[1]);
}

/** What a word's letters alone say, so that names of which no list knows anything are recognised by their kin. */
function spellingExample(word: string, label: number): Example {
  const features = featuresAt(scanAnchors(word, true), [0, word.length], [0], 0).filter(
    (_, index) => index === 1 || index > contextFeatures[1],
  );
  return { features, label, weight: 0.3 };
}

function exchangeNames(row: Row): { prompt: string; spans: [number, number][] } {
  const spans: [number, number][] = [];
  let prompt = "";
  let done = 0;
  for (const [start, end] of [...names(row)].sort((a, b) => a[0] - b[0])) {
    if (start < done) continue;
    prompt += row.prompt.slice(done, start);
    const words = row.prompt.slice(start, end).split(" ");
    const other = words.map((word, index) => {
      if (!/^\p{Lu}\p{L}{2,}$/u.test(word)) return word;
      return pick(index === 0 && (words.length > 1 || random() < 0.6) ? given : family);
    });
    spans.push([prompt.length, prompt.length + other.join(" ").length]);
    prompt += other.join(" ");
    done = end;
  }
  return { prompt: prompt + row.prompt.slice(done), spans };
}

function train(data: readonly Example[]): Float64Array {
  const weights = new Float64Array(featureSpace);
  const squares = new Float64Array(featureSpace).fill(1e-6);
  const order = data.map((_, index) => index);
  for (let epoch = 0; epoch < 6; epoch++) {
    shuffle(order);
    for (const index of order) {
      const { features, label, weight } = data[index]!;
      let sum = 0;
      for (const feature of features) sum += weights[feature]!;
      const error = weight * (1 / (1 + Math.exp(-sum)) - label);
      if (Math.abs(error) < 1e-3) continue;
      for (const feature of features) {
        const slope = error + 2e-5 * weights[feature]!;
        squares[feature]! += slope * slope;
        weights[feature]! -= (0.15 * slope) / Math.sqrt(squares[feature]!);
      }
    }
  }
  return weights;
}

function pick(list: readonly string[]): string {
  return list[Math.floor(random() * list.length)]!;
}

function shuffle(list: number[]): void {
  for (let index = list.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [list[index], list[other]] = [list[other]!, list[index]!];
  }
}

/** Mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
