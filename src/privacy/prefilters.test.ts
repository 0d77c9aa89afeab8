import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { characterBits, digitBit, isDigit, joinerBit, lowerBit, upperBit } from "./characters.ts";
import { tryDetect } from "./detect.ts";
import {
  anyMixedShape,
  anyNumericShape,
  mixedIdRules,
  type NationalIdRule,
  numericIdRules,
} from "./national-id-rules.ts";
import { numberClusters } from "./number-clusters.ts";
import { scanAnchors } from "./scan.ts";
import {
  boxWords,
  mayBeginStreet,
  mayEndStreet,
  separateStreetWords,
  streetPrefixes,
  unitWords,
  wordAfter,
  wordBefore,
} from "./street-words.ts";
import { readUnits } from "./text-units.ts";

// Each shortcut in front of a recogniser, against the plain way of saying the same.

const pieces = fc.constantFrom(
  ..."aAzZ019@:=-_ .,\n\0'’é€É日(+/[#",
  "\ud83d",
  "\u00a0",
  "Word",
  "word",
  "4111 1111",
  "2024",
  "x1",
  "1x",
  "-----BEGIN ",
  "internationalisation",
  "a_b-c",
);
const texts = fc
  .array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 40 })
  .map((parts) => parts.join(""));
const wordBits = digitBit | lowerBit | upperBit;

describe("the one pass over a text", () => {
  it("finds the words, marks and runs that a reading character by character finds", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { units, clusters, ...lists } = scanAnchors(text);
        expect({ ...lists }).toEqual(plainAnchors(text));
      }),
      { numRuns: 500 },
    );
  });

  it("does so in texts larger than the shared array, and in an array of its own", () => {
    const text = "Ann paid 4111 1111 1111 1111 at x1-y2_internationalisation: ok ".repeat(2_000);
    expect(text.length).toBeGreaterThan(100_000);
    const { units, clusters, ...lists } = scanAnchors(text);
    expect(lists).toEqual(plainAnchors(text));
    const { units: own, clusters: none, ...again } = scanAnchors(text, true);
    expect(again).toEqual(lists);
  });

  it("reads code units as they are, and zeros behind them whatever was read before", () => {
    fc.assert(
      fc.property(texts, texts, (before, text) => {
        readUnits(before);
        const units = readUnits(text);
        for (let index = 0; index < text.length; index++) expect(units[index]).toBe(text.charCodeAt(index));
        for (let index = text.length; index < text.length + 16; index++) expect(units[index]).toBe(0);
      }),
    );
  });

  it("forgets the text before: nothing of it changes what is found", () => {
    const telling = fc.constantFrom("Dr. Weber, 12 Baker Street", "born 12 March 1980", "phone 415 555 2671");
    fc.assert(
      fc.property(telling, texts, telling, (before, text, tail) => {
        const wanted = tryDetect(text + tail).found;
        tryDetect((before + tail).repeat(20));
        expect(tryDetect(text + tail).found).toEqual(wanted);
      }),
    );
  });

  it("keeps every group of digits that is large enough to be looked for", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9 .()+/a-]{0,60}$/), (text) => {
        const anchors = scanAnchors(text);
        const found = numberClusters(anchors).map(({ starts, groups }) => [starts[0], groups.join("|")]);
        expect(found).toEqual(plainClusters(text, anchors.numbers));
      }),
      { numRuns: 500 },
    );
  });
});

describe("shapes of national ids", () => {
  it.each([
    ["numbers", numericIdRules, anyNumericShape],
    ["mixed words", mixedIdRules, anyMixedShape],
  ] as const)(
    "let through every candidate that some country's shape fits, and no other: %s",
    (_, rules, any) => {
      const fits = (candidate: string) => rules.some((rule: NationalIdRule) => rule.shape.test(candidate));
      for (const { shape } of rules)
        fc.assert(
          fc.property(fc.stringMatching(shape), (candidate) => any.test(candidate)),
          { numRuns: 20 },
        );
      fc.assert(
        fc.property(fc.stringMatching(/^[0-9A-Z ./-]{6,20}$/), (candidate) => {
          expect(any.test(candidate)).toBe(fits(candidate));
        }),
      );
    },
  );
});

describe("words beside a house number", () => {
  const starts = (word: string) => streetPrefixes.has(word) || /^(?:bis|ter|.)$/su.test(word);
  const ends = (word: string) => separateStreetWords.has(word) || unitWords.has(word) || boxWords.has(word);
  const known = fc.constantFrom(
    ...streetPrefixes,
    ...separateStreetWords,
    ...unitWords,
    ...boxWords,
    "bis",
    "ter",
  );
  const words = fc.oneof(known, fc.stringMatching(/^[A-Za-zÀ-ž0-9'-]{1,8}$/), texts);
  const gaps = fc.constantFrom(" ", ", ", ". ", ",", "", "  ", "#");

  it("are passed over only where they are none that a street, a flat or a box goes by", () => {
    fc.assert(
      fc.property(words, gaps, fc.boolean(), gaps, words, (before, gap, upper, other, after) => {
        const first = upper ? before.toUpperCase() : before;
        const text = `${first}${gap}12${other}${after}`;
        const number = first.length + gap.length;
        const units = readUnits(text);
        const last = wordBefore(text, number);
        if (last !== undefined && (last.upper || ends(last.lower)))
          expect(mayEndStreet(units, number)).toBe(true);
        const next = wordAfter(text, number + 2);
        if (next !== undefined && (next.upper || next.numeric || starts(next.lower)))
          expect(mayBeginStreet(units, number + 2)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("are passed over in ordinary sentences", () => {
    const text = "There were about 12 people in all";
    const number = text.indexOf("12");
    expect(mayEndStreet(readUnits(text), number)).toBe(false);
    expect(mayBeginStreet(readUnits("The 12 members met"), 6)).toBe(false);
  });
});

/** As `scanAnchors` finds them, by maximal runs of characters of a class. */
function plainAnchors(text: string) {
  const lists = {
    text,
    numbers: [] as number[],
    mixedWords: [] as number[],
    longRuns: [] as number[],
    capitalised: [] as number[],
    ats: [] as number[],
    assignments: [] as number[],
  };
  for (const [start, end] of runsOf(text, wordBits)) {
    const bits = Array.from({ length: end - start }, (_, index) => characterBits(text, start + index));
    const digits = bits.filter((one) => one === digitBit).length;
    if (bits[0] === digitBit) lists.numbers.push(start);
    if (digits > 0 && digits < bits.length) lists.mixedWords.push(start, end);
    if (digits === 0 && bits[0] === upperBit) lists.capitalised.push(start, end);
  }
  for (const [start, end] of runsOf(text, wordBits | joinerBit))
    if (end - start >= 16) lists.longRuns.push(start, end);
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "@") lists.ats.push(index);
    if (text[index] === ":" || text[index] === "=") lists.assignments.push(index);
  }
  return lists;
}

function* runsOf(text: string, wanted: number): Generator<[number, number]> {
  for (let index = 0; index < text.length; index++) {
    const start = index;
    while ((characterBits(text, index) & wanted) !== 0) index++;
    if (index > start) yield [start, index];
  }
}

/** Every cluster written out, and only then judged by its size. */
function plainClusters(text: string, numbers: readonly number[]): [number, string][] {
  const clusters: [number, string][] = [];
  let passed = 0;
  for (const anchor of numbers) {
    if (anchor < passed) continue;
    const groups: string[] = [];
    let end = anchor;
    let at = anchor;
    while (groups.length < 12) {
      let stop = at;
      while (isDigit(text, stop)) stop++;
      if (stop === at || stop - at > 40) break;
      groups.push(text.slice(at, stop));
      end = stop;
      at = stop + /^[ ./()\u00a0\u2011\u2013\u202f-]{0,3}/.exec(text.slice(stop))![0].length;
    }
    if (groups.length === 0) while (isDigit(text, end)) end++;
    passed = Math.max(end, anchor + 1);
    if (groups.join("").length >= 6 || groups.length >= 4) clusters.push([anchor, groups.join("|")]);
  }
  return clusters;
}
