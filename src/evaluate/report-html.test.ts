import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { TargetPriorSchema, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { someResult } from "../../test/evaluate/some-result.ts";
import { createScorecard } from "../scorecard/scorecard.ts";
import { formatScorecard, parseScorecard } from "../scorecard/scorecard-file.ts";
import { junitXml } from "./junit.ts";
import { measuredScorecard } from "./measured-scorecard.ts";
import { readScenarios } from "./read-scenarios.ts";
import { compareRuns } from "./regressions.ts";
import { reportHtml } from "./report-html.ts";
import { summarizeCandidate } from "./summarize.ts";

const hostile = `<script>alert("&'")</script>\u0000 \ud800`;
const results = [
  someResult({ scenario: "a" }),
  someResult({
    scenario: "b",
    status: "failed",
    answer: hostile,
    failures: [{ kind: "contains", message: hostile }],
  }),
  someResult({ scenario: "c", status: "skipped", failures: [{ kind: "skipped", message: "no python" }] }),
];

describe("the report", () => {
  it("needs nothing else, and shows answers as text", () => {
    const { scenarios } = readScenarios(
      `scenarios: [${["a", "b", "c"].map((id) => `{ id: ${id}, prompt: "<b>hi</b>", expect: { contains: x } }`).join(", ")}]`,
      "file",
    );
    const earlier = [someResult({ run: "1", scenario: "b" })];
    const comparison = compareRuns(results, earlier);
    const summaries = [summarizeCandidate("one", results), summarizeCandidate("idle", results)];
    const html = reportHtml({ name: hostile, time: 0, summaries, results, scenarios, comparison, left: 2 });
    expect(html).not.toMatch(/<script|<link|<img|\bsrc=|\bhref=|url\(|@import/);
    expect(html).not.toContain("<b>hi");
    expect(html).not.toContain("NaN");
    expect(html).toContain("&lt;script&gt;");
    expect(html).toContain("50.0 %");
    expect(html).toContain("<svg");
    expect(html).toContain("Worse");
    expect(html).toContain("2 answers are missing");
  });
});

describe("the JUnit file", () => {
  it("counts, escapes, and marks regressions", () => {
    const xml = junitXml(hostile, results, [{ scenario: "b", candidate: "one" }]);
    expect(xml).toContain('tests="3" failures="1" errors="0" skipped="1"');
    expect(xml).toContain('<failure type="contains" message="regression: contains: &lt;script&gt;');
    expect(xml).not.toContain("\u0000");
    expect(xml.isWellFormed()).toBe(true);
    expect(xml).not.toContain("<script");
  });
});

describe("the scorecard", () => {
  const target = create(TargetSchema, { id: "one", prior: create(TargetPriorSchema, { strength: 0.5 }) });
  const series = (status: "passed" | "failed", candidate = "one") =>
    Array.from({ length: 40 }, (_, index) => someResult({ scenario: `s${index}`, status, candidate }));

  it("moves the router's estimates towards what was measured", () => {
    const clock = { now: () => 1_000, monotonic: () => 0 };
    const estimate = (status: "passed" | "failed"): number => {
      const store = createScorecard({ targets: [target], clock });
      const measured = measuredScorecard(series(status), [target], new Set(["one"]));
      store.load(parseScorecard(formatScorecard(measured!)), 1_000);
      return store.successEstimates("one").find(({ task }) => task === Task.OPEN_QA)?.successProbability ?? 0;
    };
    expect(estimate("passed")).toBeGreaterThan(0.85);
    expect(estimate("failed")).toBeLessThan(0.15);
  });

  it("counts an answer of the same target to the same scenario once, and its repetitions as one", () => {
    const both = [...series("passed"), ...series("failed", "policy")];
    const again = series("passed").map((result) => ({ ...result, repetition: 1 }));
    const alone = measuredScorecard(series("passed"), [target], new Set(["one"]));
    expect(measuredScorecard(both, [target], new Set(["one"]))).toEqual(alone);
    const repeated = measuredScorecard([...series("passed"), ...again], [target], new Set(["one"]));
    expect(repeated?.curves).toEqual(alone?.curves);
    expect(alone?.latencies).toMatchObject([{ targetId: "one", timeToFirstTokenP50: 0.04, sampleCount: 40 }]);
  });

  it("says nothing of targets that the catalogue does not have", () => {
    expect(measuredScorecard(series("passed"), [], new Set())).toBeUndefined();
  });
});
