import { expect, test } from "vitest";
import { SEGMENT_LIMIT, splitSegments } from "./segments.ts";

const shape = (text: string) => splitSegments(text).map((segment) => `${segment.kind}: ${segment.text}`);

test("sentences end at a mark before a blank, brackets and quotes included, and at wide marks without one", () => {
  expect(shape('he said "stop." then left (at last!) and 3.5 km on. done')).toEqual([
    'prose: he said "stop."',
    "prose: then left (at last!)",
    "prose: and 3.5 km on.",
    "prose: done",
  ]);
  expect(shape("你好吗？我很好。")).toEqual(["prose: 你好吗？", "prose: 我很好。"]);
});

test("fenced blocks, lines of code and rows of tables are told from prose", () => {
  expect(shape("look:\n```js\nlet it be\n```\nx = f(1);\n| a | b |\nfinally (see f(x)).")).toEqual([
    "prose: look:",
    "code: let it be",
    "code: x = f(1);",
    "table: | a | b |",
    "prose: finally (see f(x)).",
  ]);
  expect(splitSegments("```\na\n```\nb").map(({ fenced }) => fenced)).toEqual([true, false]);
});

test("what follows an opening fence on its line is code, and an unclosed fence lasts to the end", () => {
  expect(shape("```py print\na b")).toEqual(["code:  print", "code: a b"]);
});

test("there is a limit, within a line as well", () => {
  expect(splitSegments("a. ".repeat(1_000))).toHaveLength(SEGMENT_LIMIT);
  expect(splitSegments("a\n".repeat(1_000))).toHaveLength(SEGMENT_LIMIT);
  expect(splitSegments("")).toEqual([]);
});
