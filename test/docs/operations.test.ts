import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createMetrics } from "../../src/http/metrics.ts";
import { createWorkerFigures } from "../../src/worker-figures.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/operations.md");

const metrics = createMetrics({
  inFlight: () => 0,
  targets: () => [],
  ledger: () => ({
    status: "ok",
    message: "",
    writerId: "w",
    pending: 0,
    lastSequence: 0,
    unrecorded: 0,
    oldestPendingMs: 0,
    forward: undefined,
  }),
  admission: () => ({ away: undefined, closed: [], localShare: [] }),
});
const figures = createWorkerFigures(1);
const ofWorkers = await figures.gather(1, async (id) => figures.take(id, await metrics.figures()));
const announced = [...ofWorkers.matchAll(/^# HELP (pointsman_\S+) /gm)].map(([, name]) => name);
const rows = new Map(
  [...page.matchAll(/^\| `(pointsman_[a-z_]+)` *\| (.*?) *\|/gm)].map(([, name, labels]) => [name, labels]),
);

test("the page and the service name the same metrics", () => {
  expect(announced.length).toBeGreaterThan(15);
  expect([...rows.keys()].sort()).toEqual([...announced].sort());
});

test("what the page alerts on is measured", () => {
  const named = [...page.matchAll(/\bpointsman_[a-z_]+/g)].map(([name]) => name);
  expect(named.filter((name) => !announced.includes(name))).toEqual([]);
});

test("the page and the service name the same labels", () => {
  const source = read("src/http/metrics.ts") + read("src/worker-figures.ts");
  const wrong = [...rows].filter(([name, labels]) => {
    const made = new RegExp(`"${name}",[^;]*?\\[([^\\]]*)\\]`).exec(source)?.[1] ?? "";
    const inCode = name === "pointsman_breaker_open" ? ["target"] : words(made, /"(\w+)"/g);
    const isGauge = new RegExp(`gauge\\(\\s*"${name}"`).test(source);
    return words(labels ?? "", /`(\w+)`/g).join() !== (isGauge ? "" : inCode.join());
  });
  expect(wrong).toEqual([]);
});

test("the page names the log lines as the service writes them", () => {
  const sources = read("src/service-log.ts") + read("src/main.ts");
  for (const line of [
    "routed",
    "call failed",
    "budget threshold passed",
    "configuration refused, the former one stays",
  ]) {
    expect(page).toContain(line);
    expect(sources).toContain(`msg: "${line}"`);
  }
});

function words(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, word]) => word ?? "");
}
