import type { Detector } from "./detector.ts";
import {
  anyMixedShape,
  anyNumericShape,
  finnishId,
  mixedIdRules,
  type NationalIdRule,
  numericIdRules,
} from "./national-id-rules.ts";
import { contextBefore, isGlued, type NumberCluster, numberClusters } from "./number-clusters.ts";

/** Personal numbers that states give out, by shape and check digits, or by shape and the words in front of them. */
export const nationalIds: Detector = {
  name: "national_ids",
  kinds: ["national_id"],
  run(anchors, emit, tick) {
    const { text, units, mixedWords, numbers } = anchors;
    for (const cluster of numberClusters(anchors)) {
      tick();
      if (cluster.digits.length < 6 || cluster.plus) continue;
      const [start, end] = bounds(cluster);
      if (end - start > 24 || isGlued(text, start, end) || isDecimal(text, start, end)) continue;
      const found = firstFit(numericIdRules, anyNumericShape, text.slice(start, end), text, start);
      if (found !== undefined) emit(start, end, "national_id", found.confidence, found.name);
    }
    for (let pair = 0; pair < mixedWords.length; pair += 2) {
      tick();
      const start = mixedWords[pair]!;
      const end = mixedWords[pair + 1]!;
      if (end - start < 7 || end - start > 18 || isGlued(text, start, end)) continue;
      const found = firstFit(mixedIdRules, anyMixedShape, text.slice(start, end), text, start);
      if (found !== undefined) emit(start, end, "national_id", found.confidence, found.name);
    }
    for (const number of numbers) {
      tick();
      if (number + 6 >= text.length || isCenturySign[units[number + 6]!] !== 1) continue;
      finnishId.shape.lastIndex = number;
      const match = finnishId.shape.exec(text);
      if (match !== null && finnishId.isValid(match[0])) {
        emit(number, number + match[0].length, "national_id", 0.9, "fi_hetu");
      }
    }
  },
};

const isCenturySign = new Uint8Array(65536);
for (const sign of "-+ABCDEFUVWXY") isCenturySign[sign.charCodeAt(0)] = 1;

function firstFit(
  rules: readonly NationalIdRule[],
  anyShape: RegExp,
  candidate: string,
  text: string,
  start: number,
): { name: string; confidence: number } | undefined {
  if (!anyShape.test(candidate)) return undefined;
  let before: string | undefined;
  for (const rule of rules) {
    if (!rule.shape.test(candidate)) continue;
    before ??= contextBefore(text, start);
    const saidSo = rule.words.test(before);
    if (!saidSo && rule.alone === 0) continue;
    if (!rule.isValid(candidate)) continue;
    return { name: rule.name, confidence: saidSo ? 0.97 : rule.alone };
  }
  return undefined;
}

/** From the first digit to the last: signs in front belong to telephone numbers. */
function bounds(cluster: NumberCluster): [number, number] {
  return [cluster.starts[0]!, cluster.end];
}

function isDecimal(text: string, start: number, end: number): boolean {
  return (
    /[.,$€£]/.test(text[start - 1] ?? "") || (/[.,]/.test(text[end] ?? "") && /\d/.test(text[end + 1] ?? ""))
  );
}
