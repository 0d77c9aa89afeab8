import { expect, test } from "vitest";
import { formOf } from "./form.ts";
import { readText } from "./reading.ts";
import { loadWordLevels, WORD_LEVEL_NAMES } from "./word-levels.ts";

const levels = loadWordLevels();
const measure = (text: string): Record<string, number> => {
  const values = levels.measure(formOf(readText(text)).hashes);
  return Object.fromEntries(WORD_LEVEL_NAMES.map((name, index) => [name, values[index]!]));
};

test("a text of specialists is above one of everyday life, by every measure", () => {
  const plain = measure("why does my dog eat grass in the morning");
  const learned = measure(
    "derive the eigenvalue spectrum of a hermitian operator with periodic boundary conditions",
  );
  for (const name of WORD_LEVEL_NAMES.slice(0, 6)) expect(learned[name], name).toBeGreaterThan(plain[name]!);
  expect(learned["words that small children know"]).toBeLessThan(plain["words that small children know"]!);
});

test("two words count as a term of their own", () => {
  const apart = measure("the boundary of our garden and the condition of its soil");
  const together = measure("what is force majeure in a lease");
  expect(together["level of the hardest word"]).toBeGreaterThan(apart["level of the hardest word"]!);
});

test("the same word twice is one of the three hardest once", () => {
  const once = measure("my dog likes entropy");
  const thrice = measure("my dog likes entropy entropy entropy");
  expect(thrice["level of the three hardest words"]).toBe(once["level of the three hardest words"]);
});

test("names and words of no list have no level", () => {
  const unknown = measure("zzyzx qwrtp");
  expect(unknown["words that are in no list"]).toBe(1);
  expect(unknown["level of the words"]).toBe(measure("")["level of the words"]);
});

test("every measure of any text is a number from 0 to 2", () => {
  for (const text of ["", "\n", "？！", "eigenvalue ".repeat(20_000), "😀".repeat(50), "1.5,2 3", "\ud800"]) {
    const values = levels.measure(formOf(readText(text)).hashes);
    expect(values).toHaveLength(WORD_LEVEL_NAMES.length);
    for (const value of values) expect(value >= 0 && value <= 2).toBe(true);
  }
});
