import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tryDetect } from "../../src/privacy/detect.ts";

// What detectors start from, end at, or could try over and over: repeated, they are the worst texts that we could think of.
const units = [
  "a",
  "A",
  "1",
  " ",
  "@",
  "a@",
  "a@a.",
  "1 ",
  "1-",
  "1.",
  "1:",
  "::",
  "://",
  "a://b:c@",
  "http://a:b@c ",
  "-----BEGIN ",
  "-----BEGIN X PRIVATE KEY-----",
  "password: ",
  "password is ",
  "password=a",
  'token="',
  "sig=",
  "A ",
  "Aa 1 ",
  "1 A B C D ",
  "1 rue de la ",
  "rue de la 1 ",
  "Apt. 1, Aa",
  "Aa tér 1 ",
  "GB82",
  "GB82 WEST ",
  "sk-",
  "eyJ",
  "eyJa.",
  "AKIA",
  "[EMAIL_1]",
  "born 1/1/1980 ",
  "Jan 1 ",
  "12.34.56.78.",
  "ff:",
  "+1",
  "(1) ",
  "call 555 ",
  "card 4111 1111 1111 1111 ",
  "Mr. Aa ",
  "é",
  "É ",
  "\n",
  "\n1 Aa St\n",
  "Aa Bb, AA 12345 ",
  "aA1/+",
  "=",
  '"',
  "_",
  "A1-",
  "Villa 12, 1234 Aa ",
];

/** The least CPU time of three tries to read a text some times, in milliseconds: the machine may be busy. */
function cost(text: string, times = 1): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage().user;
    for (let time = 0; time < times; time++) tryDetect(text, { timeLimitMilliseconds: 240_000 });
    least = Math.min(least, (process.cpuUsage().user - start) / 1_000);
  }
  return least;
}

const repeated = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length));

describe("work on hostile texts", () => {
  it.each(units)("grows with the length and not with its square: %j", (unit) => {
    // As much text in eight pieces as in one: the clock, where it is coarse, is as coarse for both.
    const small = cost(repeated(unit, 10_000), 8);
    const large = cost(repeated(unit, 80_000));
    // Linear is the same, quadratic eightfold; below some milliseconds the clock decides and says nothing.
    expect(large).toBeLessThan(Math.max(150, small * 3.5));
  });

  it("stays within a bound per character for mixtures of them", () => {
    const mixtures = fc
      .array(fc.constantFrom(...units), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(mixtures, (unit) => {
        // A hundred times the worst that was measured: 200 microseconds a character.
        expect(cost(repeated(unit, 10_000))).toBeLessThan(2_000);
      }),
      { numRuns: 40 },
    );
  });
});
