/**
 * Give every term, one a line, the hash by which the service looks it up: of one word, or of two. A line of the output is
 * empty for what has more words, or none.
 *
 *   node train/hash-terms.ts < terms
 */
import { readFileSync } from "node:fs";
import { normalise, wordsOf } from "../src/classify/normalise.ts";
import { hashOf, mix } from "../src/classify/word-hashes.ts";

for (const line of readFileSync(0, "utf8").split("\n").slice(0, -1)) {
  const [first, second, ...more] = wordsOf(normalise(line)).map(hashOf);
  if (first === undefined || more.length > 0) console.log("");
  else console.log(second === undefined ? first : mix(first, second));
}
