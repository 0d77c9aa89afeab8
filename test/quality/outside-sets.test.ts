import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCsv, readOutsideSets } from "./outside-sets.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pointsman-outside-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("values may be quoted, hold commas, quotes and line breaks, and be missing at the end", () => {
  expect(readCsv('a,b,c\r\n1,"x, ""y""\nz",3\n4,5\n')).toEqual([
    { a: "1", b: 'x, "y"\nz', c: "3" },
    { a: "4", b: "5", c: "" },
  ]);
  expect(() => readCsv('a\n"open')).toThrow("row 2");
});

test("reads each kind of set as it is published, and leaves other files alone", () => {
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  put("xstest_prompts.csv", "id,type,prompt\n1,homonyms,A?\n2,contrast_homonyms,B?\n");
  put(
    "harmbench_behaviors_text_all.csv",
    "Behavior,FunctionalCategory,ContextString\nC,standard,\nD,contextual,text\nE,copyright,\n",
  );
  put("NotInject_one.json", '[{"prompt":"F","word_list":["f"]},{"prompt":""}]');
  put("NotInject_two.json", '[{"prompt":"G"}]');
  put("own.jsonl", '{"prompt":"H","label":"injection"}\n\n{"prompt":"I","label":"safe"}\n');
  put("notes.txt", "nothing");
  const none = { safe: [], harmful: [], injection: [] };
  expect(readOutsideSets(folder)).toEqual([
    { ...none, name: "NotInject", safe: ["F", "G"] },
    { ...none, name: "HarmBench standard", harmful: ["C"] },
    { ...none, name: "HarmBench contextual", harmful: ["text\n\n---\n\nD"] },
    { ...none, name: "own", safe: ["I"], injection: ["H"] },
    { ...none, name: "XSTest", safe: ["A?"], harmful: ["B?"] },
  ]);
});

test("without a folder there are no sets", () => {
  expect(readOutsideSets(undefined)).toEqual([]);
  expect(readOutsideSets(join(folder, "missing"))).toEqual([]);
});
