import { describe, expect, it } from "vitest";
import { Role, Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { readScenarios } from "./read-scenarios.ts";
import { scenarioInput } from "./scenario-input.ts";

const one = (rest: string): string => `scenarios:\n  - id: a\n${rest}`;

describe("files of scenarios", () => {
  it("become requests", () => {
    const file = readScenarios(
      one(
        [
          "    system: Be brief.",
          "    prompt: How much is 2 + 2?",
          "    task: math_reasoning",
          "    difficulty: 0.2",
          "    max_output_tokens: 50",
          "    response_schema: { type: object }",
          "    labels: { team: finance }",
          "    expect: { contains: 4 }".replace("4", '"4"'),
        ].join("\n"),
      ),
      "file.yaml",
    );
    expect(file).toMatchObject({ name: "scenarios", repeat: 1 });
    const input = scenarioInput(file.scenarios[0]!);
    expect(input.turns.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER]);
    expect(input.hints).toMatchObject({ task: Task.MATH_REASONING, difficulty: 0.2 });
    expect(input.options?.maxOutputTokens).toBe(50);
    expect(input.labels).toEqual({ team: "finance" });
    expect(input.responseFormat?.format.case).toBe("json");
  });

  it.each([
    ["a: [", "line"],
    ["", "scenarios"],
    [one("    expect: { contains: x }"), "needs either prompt or turns"],
    [one("    prompt: hi\n    expect: []"), "line 4"],
    [one("    prompt: hi\n    expect: { contain: x }"), "contain"],
    [one('    prompt: hi\n    expect: { regex: "(?=a)" }'), "line 4, scenarios.0.expect.regex"],
    [one("    prompt: hi\n    expect: { json_schema: { type: 5 } }"), "JSON Schema"],
    [one("    prompt: hi\n    task: dancing\n    expect: { contains: x }"), "is not a task"],
    [one("    turns: [{ role: assistant, text: hi }]\n    expect: { contains: x }"), "assistant"],
    [
      `${one("    prompt: hi\n    expect: { contains: x }")}\n  - { id: a, prompt: hi, expect: { contains: x } }`,
      "used twice",
    ],
  ])("with mistakes are refused: %j", (text, message) => {
    expect(() => readScenarios(text, "file.yaml")).toThrow(message);
  });
});
