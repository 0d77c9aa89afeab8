import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { connect } from "../../src/cli/connection.ts";
import { type EvalOptions, evaluateScenarios } from "../../src/cli/eval-command.ts";
import { fitTable } from "../../src/cli/fit-command.ts";
import { inputOf } from "../../src/cli/input.ts";
import { defaultConfigFile, loadConfig } from "../../src/config.ts";
import { readResults } from "../../src/evaluate/results.ts";
import { createServiceLog } from "../../src/service-log.ts";
import { type ConfigFolder, createConfigFolder } from "../support/configuration.ts";

const CAPITAL = { when: "capital of France", answer: "Paris." };

/** Two models that know the capital of France or do not, one that judges, and a policy that asks the one that knows. */
const TARGETS = [
  {
    id: "knows",
    provider: "simulated",
    model: "knows",
    price: { input: 1, output: 1 },
    simulate: {
      scripts: [
        CAPITAL,
        { when: "reverse", answer: "```js\nconst reverse = (t) => [...t].reverse().join('');\n```" },
      ],
    },
  },
  {
    id: "guesses",
    provider: "simulated",
    model: "guesses",
    price: { input: 0.1, output: 0.1 },
    simulate: {
      scripts: [
        { ...CAPITAL, answer: "Rome." },
        { when: "reverse", answer: "const reverse = (t) => t;" },
      ],
    },
  },
  {
    id: "judge",
    provider: "simulated",
    model: "judge",
    capabilities: ["json_schema"],
    simulate: {
      scripts: [
        { when: "Paris", answer: '{"score": 1, "reason": "right"}' },
        { when: "Rome", answer: '{"score": 0, "reason": "wrong"}' },
      ],
    },
  },
];

const SCENARIOS = `
name: e2e
candidates: [{ target: knows }, { target: guesses }, { policy: policy.yaml }]
scenarios:
  - { id: capital, prompt: What is the capital of France?, task: open_qa, difficulty: 0.4, expect: { contains: Paris } }
  - { id: judged, prompt: Name the capital of France., task: open_qa, difficulty: 0.4, expect: { judge: { target: judge, rubric: Is it right? } } }
  - id: code
    prompt: Write a function reverse in JavaScript.
    task: code_generation
    difficulty: 0.4
    expect: { code: { language: javascript, test: "assert.equal(reverse('abc'), 'cba')", timeout_seconds: 60 } }
  - { id: blocked, prompt: Say something about zebras., task: other, difficulty: 0.9, labels: { secret: "yes" }, expect: { refused: true } }
`;

const policyFor = (target: string): string => `
rules:
  - { id: secret, when: 'labels["secret"] == "yes"', deny: Not this. }
  - { id: rest, only: { targets: [${target}] } }
`;

let folder: ConfigFolder;
let printed: string[];

beforeEach(() => {
  folder = createConfigFolder();
  folder.writeConfig({ targets: TARGETS, policy: "policy.yaml" });
  folder.writePolicy(policyFor("knows"));
  writeFileSync(join(folder.path, "scenarios.yaml"), SCENARIOS);
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  vi.spyOn(console, "error").mockImplementation((text: string) => void printed.push(text));
});

afterEach(() => {
  vi.restoreAllMocks();
  folder[Symbol.dispose]();
});

async function evaluate(options: Partial<EvalOptions> = {}) {
  printed = [];
  const defaults = {
    out: join(folder.path, "out"),
    concurrency: "4",
    budget: "1",
    timeout: "240",
    json: true,
  };
  const code = await evaluateScenarios(join(folder.path, "scenarios.yaml"), folder.load(), {
    ...defaults,
    ...options,
  });
  const shown = JSON.parse(printed.at(-1) ?? "") as {
    summaries: { name: string; passed: number; failed: number; errors: number }[];
    comparison: { regressions: { scenario: string; candidate: string }[] };
    ran: { spent: number; left: number; reused: number };
    closed: string[];
  };
  return {
    code,
    ...shown,
    passed: Object.fromEntries(shown.summaries.map(({ name, passed }) => [name, passed])),
  };
}

describe("pointsman eval", () => {
  it("compares targets and policies, keeps what is done, and closes the gate on regressions", async () => {
    const first = await evaluate({ minPassRate: "1" });
    expect(first.passed).toEqual({ knows: 3, guesses: 0, policy: 4 });
    expect(first.summaries.map(({ errors }) => errors)).toEqual([0, 0, 0]);
    expect(first).toMatchObject({ code: 0, closed: [], ran: { left: 0, reused: 0 } });
    expect(first.ran.spent).toBeGreaterThan(0);

    expect(await evaluate()).toMatchObject({ passed: first.passed, ran: { spent: 0, reused: 12 } });

    folder.writePolicy(policyFor("guesses"));
    const worse = await evaluate({ failOnRegression: true });
    expect(worse.ran.reused).toBe(8);
    expect(worse.passed.policy).toBe(1);
    expect(worse.comparison.regressions.map(({ scenario }) => scenario)).toEqual([
      "capital",
      "judged",
      "code",
    ]);
    expect(worse.code).toBe(1);
    expect(worse.closed[0]).toContain("capital (policy)");
    const junit = readFileSync(join(folder.path, "out", "junit.xml"), "utf8");
    expect(junit).toContain('message="regression: contains:');
    expect(readFileSync(join(folder.path, "out", "report.html"), "utf8")).toContain("<h3>Worse</h3>");

    expect(await evaluate({ gate: ["guesses"], minPassRate: "0.5" })).toMatchObject({ code: 1 });
  });

  it("stops when the money is spent, and goes on from there", async () => {
    const started = await evaluate({ budget: "0.0000001", concurrency: "1" });
    expect(started.code).toBe(1);
    expect(started.ran.left).toBeGreaterThan(0);
    const done = readResults(join(folder.path, "out", "results.jsonl")).results.length;
    const finished = await evaluate();
    expect(finished.ran).toMatchObject({ left: 0, reused: done });
  });

  it("writes a scorecard that the service loads and decides by", async () => {
    await evaluate();
    // As difficult as the scenarios were: what the classifier thinks of it is not what is tested.
    const question = inputOf("Where?", { task: "open_qa" });
    if (question.hints) question.hints.difficulty = 0.4;
    const probabilities = async (config: object): Promise<Record<string, number>> => {
      folder.writeConfig({ targets: TARGETS, ...config });
      const app = await createApp(folder.load(), createServiceLog("silent"));
      try {
        const { route } = connect({ url: `http://${app.httpAddress}` });
        const { decision } = await route.explain({ input: question });
        return Object.fromEntries(
          (decision?.candidates ?? []).map(({ targetId, successProbability }) => [
            targetId,
            successProbability,
          ]),
        );
      } finally {
        await app.close(0);
      }
    };
    const assumed = await probabilities({});
    const measured = await probabilities({ scorecard: "out/scorecard.json" });
    expect(assumed.knows).toBeCloseTo(assumed.guesses ?? 0, 10);
    expect(measured.knows).toBeGreaterThan((assumed.knows ?? 1) + 0.02);
    expect(measured.guesses).toBeLessThan((assumed.guesses ?? 0) - 0.02);

    folder.writeConfig({ targets: TARGETS });
    const app = await createApp(folder.load(), createServiceLog("silent"));
    try {
      const { route } = connect({ url: `http://${app.httpAddress}` });
      folder.writeConfig({ targets: TARGETS, scorecard: "out/scorecard.json" });
      await app.reload(folder.load());
      // A snapshot is made anew at most every second.
      await vi.waitFor(
        async () => {
          const { decision } = await route.explain({ input: question });
          const knows = decision?.candidates.find(({ targetId }) => targetId === "knows");
          expect(knows?.successProbability).toBeCloseTo(measured.knows ?? 0, 2);
        },
        { timeout: 60_000, interval: 200 },
      );
    } finally {
      await app.close(0);
    }
    writeFileSync(join(folder.path, "out", "scorecard.json"), "{}}");
    await expect(probabilities({ scorecard: "out/scorecard.json" })).rejects.toThrow("scorecard");
  });

  it("evaluates a running service as it is", async () => {
    const app = await createApp(folder.load(), createServiceLog("silent"));
    try {
      const url = `http://${app.httpAddress}`;
      await expect(evaluate({ url })).rejects.toThrow("candidates");
      writeFileSync(join(folder.path, "scenarios.yaml"), SCENARIOS.replace(/candidates:.*\n/, ""));
      expect(await evaluate({ url })).toMatchObject({ code: 0, passed: { service: 4 } });
    } finally {
      await app.close(0);
    }
  });

  it.each([
    [{ gate: ["nobody"] }, "names no candidate"],
    [{ concurrency: "0" }, "--concurrency"],
    [{ minPassRate: "2" }, "--min-pass-rate"],
  ])("refuses %j", async (options, message) => {
    await expect(evaluate(options)).rejects.toThrow(message);
  });

  it("refuses scenarios that name a target that is not there", async () => {
    writeFileSync(join(folder.path, "scenarios.yaml"), SCENARIOS.replace("target: judge", "target: jugde"));
    await expect(evaluate()).rejects.toThrow('There is no target "jugde"; there are: knows, guesses, judge.');
  });
});

describe("the example", () => {
  it("runs on the configuration that comes with Pointsman", async () => {
    const out = join(folder.path, "example");
    const code = await evaluateScenarios(
      fileURLToPath(new URL("../../scenarios.example.yaml", import.meta.url)),
      loadConfig(defaultConfigFile, {}, folder.path),
      { out, concurrency: "8", budget: "1", timeout: "240", json: true },
    );
    expect(code).toBe(0);
    const { results } = readResults(join(out, "results.jsonl"));
    expect(results).toHaveLength(44);
    expect(results.filter(({ status }) => status === "error" || status === "skipped")).toEqual([]);
    // Every scenario can be passed: somebody passes it, and so the example teaches no check that never holds.
    const passed = new Set(
      results.filter(({ status }) => status === "passed").map(({ scenario }) => scenario),
    );
    expect([...new Set(results.map(({ scenario }) => scenario))].filter((id) => !passed.has(id))).toEqual([]);
  });
});

describe("pointsman fit", () => {
  it("writes a scorecard of a table, judging prompts where the table does not", () => {
    const rows = Array.from({ length: 60 }, (_, index) =>
      JSON.stringify({
        id: `q${index}`,
        prompt: `What is the capital of country number ${index}?`,
        outcomes: { knows: { score: 1 }, guesses: { score: index % 4 === 0 ? 1 : 0 } },
      }),
    );
    writeFileSync(join(folder.path, "outcomes.jsonl"), rows.join("\n"));
    const out = join(folder.path, "fitted.json");
    expect(fitTable(join(folder.path, "outcomes.jsonl"), folder.load(), { out })).toBe(0);
    expect(printed.at(-1)).toContain("120 outcomes of 2 targets, 60 questions");
    expect(printed.at(-1)).toContain("always knows");
    expect(readFileSync(out, "utf8")).toContain('"targetId": "guesses"');
  });
});
