/**
 * Turn prompts into features with the very code that serves: reads {"prompt"} JSON lines, writes dense features as
 * float32 and hashed ones as uint32 with their row ends, and the rules' scores as float32.
 *
 *   node train/featurise.ts prompts.jsonl out-prefix
 */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { loadEmbedding } from "../src/classify/embedding.ts";
import { createFeaturiser } from "../src/classify/features.ts";
import { readText } from "../src/classify/reading.ts";
import { loadWordLevels } from "../src/classify/word-levels.ts";

const [input = "", prefix = ""] = process.argv.slice(2);
const featuriser = createFeaturiser(loadEmbedding(), loadWordLevels());
const dense = openSync(`${prefix}.dense`, "w");
const hashed = openSync(`${prefix}.hashed`, "w");
const ends: number[] = [];
const rules = openSync(`${prefix}.rules`, "w");
let end = 0;
for (const line of readFileSync(input, "utf8").split("\n")) {
  if (line === "") continue;
  const { prompt } = JSON.parse(line) as { prompt: string };
  const features = featuriser.featurise(readText(prompt));
  writeSync(dense, new Uint8Array(features.dense.buffer));
  writeSync(hashed, new Uint8Array(features.hashed.buffer));
  end += features.hashed.length;
  ends.push(end);
  writeSync(rules, new Uint8Array(features.rules.buffer));
}
closeSync(dense);
closeSync(hashed);
closeSync(rules);
writeFileSync(`${prefix}.json`, JSON.stringify({ names: featuriser.denseNames, ends }));
