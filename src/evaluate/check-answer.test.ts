import { describe, expect, it } from "vitest";
import { type CheckTools, checkAnswer } from "./check-answer.ts";
import { codeIn } from "./code-blocks.ts";
import { createSandbox } from "./sandbox.ts";
import { type Expectation, expectationSchema } from "./scenario-schema.ts";

const signal = new AbortController().signal;
const tools: CheckTools = {
  sandbox: createSandbox(),
  judge: async (_expectation, answer) => ({ score: answer.includes("sorry") ? 0.9 : 0.2, reason: "tone" }),
};
const check = (answer: string, ...written: object[]) =>
  checkAnswer(
    answer,
    written.map((one): Expectation => expectationSchema.parse(one)),
    tools,
    signal,
  );

describe("expectations", () => {
  it.each([
    ["It is 42.", { contains: "42" }],
    ["PARIS, of course", { contains: ["paris", "course"] }],
    ["Paris", { not_contains: ["Rome", "cannot"] }],
    ["order AB-1234 is on its way", { regex: "[A-Z]{2}-\\d{4}" }],
    ['```json\n{"a": 1}\n```', { json_schema: { type: "object", required: ["a"] } }],
    ["17 and 25 are 1,042.5", { numeric: { value: 1042.5 } }],
    ["about \u22122.71", { numeric: { value: -2.7149, tolerance: 0.01 } }],
    ["0.1 + 0.2 is 0.3", { numeric: { value: 0.1 + 0.2 } }],
    ["I am sorry", { judge: { target: "judge", rubric: "Apologises." } }],
  ])("hold for %j", async (answer, expectation) => {
    expect(await check(answer, expectation)).toEqual([]);
  });

  it.each([
    ["It is 41.", { contains: "42" }, "contains"],
    ["paris", { contains: "Paris", ignore_case: false }, "contains"],
    ["Rome", { not_contains: "rome" }, "not_contains"],
    ["order 1234", { regex: "^[A-Z]{2}-\\d{4}$" }, "regex"],
    ["not JSON", { json_schema: { type: "object" } }, "json_schema"],
    ['{"a": "x"}', { json_schema: { properties: { a: { type: "number" } } } }, "json_schema"],
    ["no number", { numeric: { value: 1 } }, "numeric"],
    ["42, or rather 43", { numeric: { value: 42 } }, "numeric"],
    ["No.", { judge: { target: "judge", rubric: "Apologises." } }, "judge"],
    ["Of course!", { refused: true }, "refused"],
  ])("do not hold for %j", async (answer, expectation, kind) => {
    expect(await check(answer, expectation)).toMatchObject([{ kind, message: expect.stringMatching(/./) }]);
  });

  it("matches a hostile expression in time that grows with the text alone", async () => {
    const started = performance.now();
    expect(await check("a".repeat(50_000), { regex: "^(a+)+$" }, { regex: "(a|aa)+b" })).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it("asks no judge about an answer that has failed already", async () => {
    let asked = 0;
    const counting = { ...tools, judge: async () => ({ score: ++asked, reason: "" }) };
    const expectations = [
      { judge: { target: "judge", rubric: "Good." } },
      { contains: "nothing of the kind" },
    ].map((one) => expectationSchema.parse(one));
    expect(await checkAnswer("hello", expectations, counting, signal)).toMatchObject([{ kind: "contains" }]);
    expect(asked).toBe(0);
  });
});

describe("code in answers", () => {
  it("is what stands in fences of the language, else of none, else all", () => {
    const both = "First:\n```python\na = 1\n```\nthen\n```js\nlet b;\n```\nand\n```py\nc = 2\n```";
    expect(codeIn(both, "python")).toBe("a = 1\n\nc = 2\n");
    expect(codeIn(both, "javascript")).toBe("let b;\n");
    expect(codeIn("```\nx\n```", "python")).toBe("x\n");
    expect(codeIn("let a = 1;", "javascript")).toBe("let a = 1;");
    expect(codeIn("```js\ncut short", "javascript")).toBe("cut short");
    expect(codeIn("```ts\nlet a: number;\n```", "typescript")).toBe("let a: number;\n");
    expect(codeIn("```ts\nlet a: number;\n```", "javascript")).toBe("");
  });
});
