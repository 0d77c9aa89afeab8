import type { Detector } from "./detector.ts";
import { contextBefore, isGlued, type NumberCluster, numberClusters } from "./number-clusters.ts";

/** Telephone numbers: international with a plus, national in their usual groups, others where the text says so. */
export const phones: Detector = {
  name: "phones",
  kinds: ["phone"],
  run(anchors, emit, tick) {
    const { text } = anchors;
    for (const cluster of numberClusters(anchors)) {
      tick();
      const { digits } = cluster;
      if (digits.length < 7 || digits.length > 16) continue;
      const end = endWithExtension(text, cluster.end);
      if (isGlued(text, cluster.start, end) || isPartOfLarger(text, cluster.start, end)) continue;
      const confidence = judge(text, cluster);
      if (confidence > 0) emit(withParenthesis(text, cluster), end, "phone", confidence);
    }
  },
};

const phoneWords =
  /(?:phone|mobile|\bcell|\btel\b|\btel[.:]|telephone|\bcall(?: me| us| him| her| them| back| now)?(?: on| at)?:? *$|\bfax|whatsapp|\btext me|\bsms\b|\bdial|contact|reach (?:me|us|him|her|them)|\bring\b|hotline|handy|telefon|t[eé]l[eé]phone|m[oó]vil|my number|number is|line at|extension)/;
const otherWords =
  /(?:order|invoice|isbn|issn|account|acct|card|ssn|social security|licen[cs]e|passport|version|serial|model|ticket|case no|id(?:entifier)?(?: number)?[:#]? *$|zip|population|\$|€|£|sha|commit|date|pmid|doi|arxiv)/;

function judge(text: string, cluster: NumberCluster): number {
  const before = contextBefore(text, cluster.start);
  if (!separatorsFit(cluster)) return 0;
  if (cluster.plus) return isInternational(cluster.digits) ? 0.95 : 0;
  if (isDate(cluster)) return 0;
  // What stands nearest says most: "to call about order no. 4093642842".
  if (otherWords.test(before.slice(-14))) return 0;
  const saidSo = phoneWords.test(before);
  if (!saidSo && otherWords.test(before)) return 0;
  const shape = shapeConfidence(text, cluster);
  if (shape > 0) return saidSo ? 0.95 : shape;
  if (!saidSo) return 0;
  return cluster.groups.length <= 5 && cluster.digits.length <= 13 ? 0.75 : 0;
}

/** One style of separator; a full stop never together with others. */
function separatorsFit({ separators }: NumberCluster): boolean {
  return separators.every((separator) =>
    /^(?:[ .\u00a0\u2011\u2013\u202f-]|[ -]?[()][ -]?|\) ?\(|\/| \/ | - )$/.test(separator),
  );
}

/** Country codes start with 1 to 9, and E.164 allows 15 digits. */
function isInternational(digits: string): boolean {
  return (
    digits.length >= 8 &&
    digits.length <= 15 &&
    digits[0] !== "0" &&
    (digits[0] !== "1" || /^1[2-9]/.test(digits))
  );
}

function isDate({ groups, separators }: NumberCluster): boolean {
  const sizes = groups.map((group) => group.length).join("-");
  if (/^4-[12]-[12]/.test(sizes) && /^(?:1[6-9]|20)/.test(groups[0]!)) return true;
  if (/^[12]-[12]-4$/.test(sizes) && /^(?:1[6-9]|20)/.test(groups[2]!)) return true;
  return (
    sizes === "4-4" &&
    separators[0] !== " " &&
    /^(?:1[5-9]|20)/.test(groups[0]!) &&
    /^(?:1[5-9]|20)/.test(groups[1]!)
  );
}

/** How telling the grouping is without any word around it. */
function shapeConfidence(text: string, { groups, digits, starts, start }: NumberCluster): number {
  const sizes = groups.map((group) => group.length).join("-");
  const bracketed = text[starts[0]! - 1] === "(" && text[starts[0]! + groups[0]!.length] === ")";
  if (/^(?:1-)?3-3-4$/.test(sizes)) {
    const area = digits.length === 11 ? digits.slice(1) : digits;
    return /^[2-9]\d{2}[2-9]/.test(area) ? 0.9 : 0.6;
  }
  if (bracketed && groups.length >= 2 && digits.length >= 7) return 0.85;
  // A trunk zero in front and at least three groups: the way Europe writes it.
  if (digits[0] === "0" && digits.length >= 9 && digits.length <= 11 && groups.length >= 3) return 0.85;
  if (digits[0] === "0" && /^(?:4-6|5-6|3-7|3-8|4-7|2-8)$/.test(sizes)) return 0.75;
  if (/^(?:2-2-2-2-2|2-2-2-2|3-2-2-2)$/.test(sizes)) return digits[0] === "0" ? 0.9 : 0.55;
  return start === starts[0]! - 1 && text[start] === "(" && digits.length >= 9 ? 0.5 : 0;
}

/** Inside a decimal, a product or a longer code the digits are not a telephone number. */
function isPartOfLarger(text: string, start: number, end: number): boolean {
  const before = text[start - 1] ?? " ";
  const after = text[end] ?? " ";
  if (/[.,$€£#*^=%/\\-]/.test(before) && before !== "." && !(before === "=" || before === "/"))
    return /[$€£#^%\\-]/.test(before);
  if (before === "." || (/[.,]/.test(after) && /\d/.test(text[end + 1] ?? ""))) return true;
  return /[%^*=]/.test(after);
}

const extension = /,? ?(?:ext\.?|x|extension) ?\d{1,6}/iy;

function endWithExtension(text: string, end: number): number {
  extension.lastIndex = end;
  const match = extension.exec(text);
  return match === null ? end : end + match[0].length;
}

/** The opening parenthesis belongs to the number only if its closing one does. */
function withParenthesis(text: string, { start, end }: NumberCluster): number {
  return text[start] === "(" && !text.slice(start, end).includes(")") ? start + 1 : start;
}
