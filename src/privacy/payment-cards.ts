import type { Detector } from "./detector.ts";
import { contextBefore, isGlued, numberClusters } from "./number-clusters.ts";

/** Payment card numbers: issuer range, length and Luhn check digit, bare or in the groups printed on cards. */
export const paymentCards: Detector = {
  name: "payment_cards",
  kinds: ["payment_card"],
  run(anchors, emit, tick) {
    const { text } = anchors;
    for (const cluster of numberClusters(anchors)) {
      tick();
      if (cluster.digits.length < 12) continue;
      for (const [first, last] of cardRuns(cluster.groups)) {
        const digits = cluster.groups.slice(first, last + 1).join("");
        const start = cluster.starts[first]!;
        const end = cluster.starts[last]! + cluster.groups[last]!.length;
        if (isGlued(text, start, end) || !passesLuhn(digits)) continue;
        if (
          !cluster.separators.slice(first, last).every((separator) => separator === " " || separator === "-")
        )
          continue;
        if (text[start - 1] === "." || (text[end] === "." && /\d/.test(text[end + 1] ?? ""))) continue;
        const saidSo = cardWords.test(contextBefore(text, start));
        if (hasIssuerRange(digits)) emit(start, end, "payment_card", saidSo || last > first ? 0.98 : 0.9);
        else if (saidSo) emit(start, end, "payment_card", 0.8, "context");
      }
    }
  },
};

const cardWords = /card|credit|debit|visa|master ?card|amex|maestro|\bcc\b|\bpan\b/;

/** Runs of groups that could be one card: a whole number, 4-4-4-4, 4-6-5 and the like. */
function* cardRuns(groups: readonly string[]): Generator<[number, number]> {
  for (let index = 0; index < groups.length; index++) {
    const length = groups[index]!.length;
    if (length >= 12 && length <= 19) yield [index, index];
    else if (length === 4) {
      const sizes = groups.slice(index, index + 5).map((group) => group.length);
      if (sizes[1] === 4 && sizes[2] === 4 && sizes[3] === 4)
        yield [index, sizes[4] === 3 ? index + 4 : index + 3];
      else if (sizes[1] === 6 && (sizes[2] === 5 || sizes[2] === 4)) yield [index, index + 2];
    }
  }
}

// Issuer identification ranges and their lengths (ISO/IEC 7812), as card networks publish them.
const issuerRanges: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]], // Visa
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]], // Mastercard
  [/^3[47]/, [15]], // American Express
  [/^3(?:0[0-5]|[689])/, [14, 16, 19]], // Diners Club
  [/^6(?:011|4[4-9]|5)/, [16, 19]], // Discover
  [/^(?:352[89]|35[3-8]|2131|1800)/, [15, 16, 19]], // JCB
  [/^(?:5018|5020|5038|5[678]|6304|6759|676[1-3]|0604|6390)/, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [/^62/, [16, 17, 18, 19]], // UnionPay
  [/^220[0-4]/, [16, 17, 18, 19]], // Mir
  [/^(?:60|65|81|82|508)/, [16]], // RuPay
];

function hasIssuerRange(digits: string): boolean {
  return issuerRanges.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits));
}

/** The check-digit rule of ISO/IEC 7812; a row of one repeated digit passes the sum but is no card. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const weighed = index % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0 && !/^(\d)\1*$/.test(digits);
}
