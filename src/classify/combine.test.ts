import { expect, test } from "vitest";
import type { Assessment } from "./assessor.ts";
import { combine, top } from "./combine.ts";
import type { Conversation } from "./conversation.ts";
import { TASK_NAMES, type TaskName, taskIndex } from "./task-names.ts";

const EMPTY: Conversation = {
  current: "",
  former: [],
  system: "",
  foreign: [],
  awaitsToolResult: false,
  tools: [],
  toolRequired: false,
  json: false,
};

function assessment(
  task: TaskName,
  sure: number,
  rest: Partial<Record<"difficulty" | "harmful" | "injection", number>> = {},
): Assessment {
  const tasks = new Float32Array(TASK_NAMES.length).fill((1 - sure) / (TASK_NAMES.length - 1));
  tasks[taskIndex(task)] = sure;
  const score = (value = 0) => ({ value, confidence: 1 });
  return {
    tasks,
    difficulty: score(rest.difficulty),
    harmful: score(rest.harmful),
    injection: score(rest.injection),
    promptFeatures: () => ({ numbers: new Float32Array(), vectorLength: 0, words: new Uint32Array() }),
    explainTask: () => [],
    explain: () => [],
  };
}

/** Judges by a table, and remembers what it was asked. */
function judge(table: Record<string, Assessment>) {
  const asked: string[] = [];
  const assess = (text: string): Assessment => {
    asked.push(text);
    return table[text] ?? assessment("other", 0.5);
  };
  return { asked, assess };
}

const best = (tasks: Float32Array): string => TASK_NAMES[top(tasks)]!;

test("a clear request stands alone, whatever the system prompt says", () => {
  const { asked, assess } = judge({ hello: assessment("chat", 0.9) });
  const combined = combine(
    { ...EMPTY, current: "hello", system: "Translate every message into French." },
    assess,
  );
  expect(best(combined.tasks)).toBe("chat");
  expect(asked).toEqual(["hello"]);
});

test("an unclear request leans on a system prompt that gives work, not on one that only sets the tone", () => {
  const work = "Translate every message into French.";
  const table = {
    "it rains": assessment("chat", 0.3),
    [`${work}\n\nit rains`]: assessment("translation", 0.95),
  };
  const told = judge(table);
  expect(best(combine({ ...EMPTY, current: "it rains", system: work }, told.assess).tasks)).toBe(
    "translation",
  );
  const toned = judge(table);
  expect(
    best(combine({ ...EMPTY, current: "it rains", system: "You are a kind assistant." }, toned.assess).tasks),
  ).toBe("chat");
  expect(toned.asked).toEqual(["it rains"]);
});

test("a go-on takes task, difficulty and harm from the request before it", () => {
  const { assess } = judge({
    ok: assessment("chat", 0.9),
    "how do I": assessment("code_generation", 0.8, { difficulty: 0.7, harmful: 0.6 }),
  });
  const combined = combine({ ...EMPTY, current: "ok", former: ["ok", "how do I"] }, assess);
  expect(best(combined.tasks)).toBe("code_generation");
  expect(combined).toMatchObject({ continued: true, difficulty: { value: 0.7 }, harmful: { value: 0.6 } });
});

test("the worst of what tools sent counts, and explains itself", () => {
  const bad = assessment("other", 0.5, { injection: 0.9 });
  const { assess } = judge({ ask: assessment("open_qa", 0.9, { injection: 0.1 }), bad });
  const combined = combine({ ...EMPTY, current: "ask", foreign: ["fine", "bad", "fine"] }, assess);
  expect(combined.injection.value).toBe(0.9);
  expect(combined.sources.injection).toBe(bad);
});

test("tools raise the odds of their use: on offer, related to the request, required", () => {
  const { assess } = judge({ "stock price of Acme": assessment("open_qa", 0.9) });
  const use = (rest: Partial<Conversation>) =>
    combine({ ...EMPTY, current: "stock price of Acme", ...rest }, assess).tasks[taskIndex("tool_use")]!;
  const odds = [
    use({}),
    use({ tools: ["send_mail Sends a letter"] }),
    use({ tools: ["get_stock Finds stocks and prices"] }),
    use({ tools: ["send_mail Sends a letter"], toolRequired: true }),
  ];
  expect([...odds].sort((a, b) => a - b)).toEqual(odds);
  expect(new Set(odds).size).toBe(4);
});
