import { expect, test } from "vitest";
import { countCharacters } from "./character-counts.ts";
import { formOf } from "./form.ts";
import { readText } from "./reading.ts";
import { STRUCTURE_NAMES } from "./structure.ts";

const feature = (text: string, name: (typeof STRUCTURE_NAMES)[number]): number =>
  formOf(readText(text)).structure[STRUCTURE_NAMES.indexOf(name)]!;

test.each([
  ["a code block", "Why?\n```\nlet a = 1\n```", "Why is that so?"],
  ["a table", "Read:\n| a | b |", "Read | this"],
  ["ends with a question", 'He said "why?"', "Why? Because."],
  ["several questions", "Who? When?", "Who?"],
  ["ends with a colon", "Fix this:", "Fix: this"],
  ["mathematical notation", "Solve 3x + 7 = 22", "Meet me on the 7th (or later)"],
  ["lettered choices", "Pick one.\nA. red\nB. blue", "A. Smith wrote it."],
  ["a numbered list", "Do:\n1. eat\n2. sleep", "Do 1. eat"],
  ["a bulleted list", "Buy:\n- milk\n- tea", "Buy\n- milk"],
  ["a labelled input", "Shorten.\nText: it is long", "The text: it is long"],
  ["a labelled answer to fill in", "Who?\nAnswer:", "The answer"],
  ["an address of a page", "See https://example.com", "See http in a book"],
  ["an error trace", "I get TypeError: x is undefined", "I made an error"],
  ["a quotation", 'Explain "to be or not to be".', 'Explain "to be".'],
  ["repeated signs", "wow !!!!!!", "wow !!!!!"],
  ["a placeholder", "Dear {{name}}", "Dear {"],
  ["a gap to fill", "The ____ is blue", "The _ is blue"],
  ["JSON", 'Fill {"name": 1}', "Fill [that]: one"],
  ["not in English", "¿Cuál es la capital de Francia?", "What is the capital of France?"],
] as const)("sees %s", (name, having, lacking) => {
  expect(feature(having, name)).toBe(1);
  expect(feature(lacking, name)).toBe(0);
});

test("every feature of any kind of text is a number from 0 to 2", () => {
  for (const text of ["", "\n", "？！", "a".repeat(20_000), "😀".repeat(50), "1.5,2 3"]) {
    const { structure, load } = formOf(readText(text));
    expect(structure).toHaveLength(STRUCTURE_NAMES.length);
    for (const value of [...structure, ...load]) expect(value >= 0 && value <= 2).toBe(true);
  }
});

test("characters are counted in one pass: numbers, marks of any script, runs of a sign", () => {
  const counts = countCharacters('1,000.5 and 7? 是吗？ × "a" -- - - - -');
  expect(counts).toMatchObject({ numbers: 2, questions: 2, arithmetic: 1, quotes: 2, repeatedSigns: true });
  expect(countCharacters("- a - a - a - a - a - a").repeatedSigns).toBe(false);
});
