import { expect, test } from "vitest";
import { createModelAssessor } from "./model-assessor.ts";
import { readText } from "./reading.ts";

const assessor = createModelAssessor();
const judge = (text: string) => assessor.assess(readText(text)).difficulty;

test("of requests in words, the level of the topic counts", () => {
  const easy = judge("Tell me a joke about my cat.").value;
  const hard = judge("Derive the asymptotic distribution of the estimator under heteroscedasticity.").value;
  expect(easy).toBeLessThan(0.35);
  expect(hard).toBeGreaterThan(0.6);
});

test("of questions with choices, what there is to keep in mind counts", () => {
  const choices = "\nA. 1\nB. 2\nC. 3\nD. 4";
  const short = judge(`What is the value?${choices}`).value;
  const long = judge(
    "A shop sells twice as many red boxes as blue boxes. Each red box holds three pens more than each blue box, and before " +
      "noon, half of the red boxes were sold. Then Anna bought four blue boxes, and Tom a third of the red boxes that were " +
      `left after Anna. How many pens did Tom buy, if each blue box holds ten pens?${choices}`,
  ).value;
  expect(long).toBeGreaterThan(short + 0.15);
});

test("a theorem in one line is harder than what children are taught at length", () => {
  const theorem = judge(
    "Prove that every finite subgroup of the multiplicative group of a field is cyclic.",
  ).value;
  const homework = judge(
    "Mia has 12 apples and Ben has 7 apples. Mia gives Ben 3 apples, and then each of them eats one. After that their mother " +
      "brings 5 more apples for each of them. How many apples do they have together?",
  ).value;
  expect(theorem).toBeGreaterThan(homework + 0.2);
});

test("the confidence is a probability that differs between texts", () => {
  const found = ["hi", "Prove that there are infinitely many primes.", "Summarise this. ".repeat(200)].map(
    judge,
  );
  for (const { confidence } of found) expect(confidence > 0 && confidence < 1).toBe(true);
  expect(new Set(found.map(({ confidence }) => confidence.toFixed(3))).size).toBe(3);
});
