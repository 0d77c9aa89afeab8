/**
 * How well routers divide the questions of MMLU and GSM8K between GPT-4 and Mixtral 8x7B, as RouteLLM measures it, and how
 * well success curves predict. Usage: node test/quality/routing.ts DATA_FOLDER [--json]
 */
import { pathToFileURL } from "node:url";
import { fitOutcomes, type OutcomeFit } from "../../src/scorecard/fit-outcomes.ts";
import { createRandom } from "./random.ts";
import { hasRoutingData, type RoutingRow, readRoutingRows } from "./routing-data.ts";
import { measureRouting, type RankedQuestions, rankQuestions } from "./routing-metrics.ts";
import {
  correctedRouter,
  createPromptClassifier,
  curveRouter,
  difficultyRouter,
  learnedRouter,
  lengthRouter,
  type Router,
  randomRouter,
} from "./routing-routers.ts";

/** A number with its bootstrap 95 % interval. */
export interface Measured {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** One line of the table. */
export interface RoutingResult {
  readonly benchmark: string;
  readonly router: string;
  readonly labels: string;
  readonly questionCount: number;
  readonly apgr: Measured;
  readonly cpt50: Measured;
  readonly cpt80: Measured;
  /** APGR less that of prompt length, on the same resamples. */
  readonly apgrOverLength: Measured;
}

const STRONG = "gpt-4-1106-preview";
const WEAK = "mixtral-8x7b-instruct-v0.1";
const RESAMPLES = 1_000;
const LABELS = 1_540;

/** Measures every router on both benchmarks. Deterministic. */
export function measureRouters(dataFolder: string): RoutingResult[] {
  return (["mmlu", "gsm8k"] as const).flatMap((benchmark) => {
    const rows = readRoutingRows(dataFolder, `routellm_${benchmark}`);
    return measureAll(benchmark, rows, [
      lengthRouter(rows),
      randomRouter(rows),
      difficultyRouter(rows),
      curveRouter(rows, { strong: STRONG, weak: WEAK }, LABELS),
      correctedRouter(rows, { strong: STRONG, weak: WEAK }, LABELS),
      learnedRouter(rows, { strong: STRONG, weak: WEAK }, LABELS),
    ]);
  });
}

/** US dollars per million tokens of input when the outcomes were collected. An answer to these is about as short as free. */
const PRICES: ReadonlyMap<string, number> = new Map([
  [STRONG, 10],
  [WEAK, 0.6],
]);
const CHARACTERS_PER_TOKEN = 4;

/** How well curves over the classifier's difficulty predict who gets a question right, and what choosing by them gains. */
export function measureCurves(dataFolder: string): { readonly name: string; readonly fit: OutcomeFit }[] {
  const classify = createPromptClassifier();
  return ["routellm_mmlu", "routellm_gsm8k", "mmlu_pro"].map((name) => {
    const rows = readRoutingRows(dataFolder, name).flatMap((row) => {
      const { task, difficulty } = classify(row.prompt);
      return [...row.scores].map(([targetId, score]) => ({
        questionId: row.id,
        targetId,
        task,
        difficulty,
        score,
        cost: costOf(targetId, row.prompt),
      }));
    });
    return { name, fit: fitOutcomes(rows) };
  });
}

/** Undefined where the price is not known: then the choice is by success alone. */
function costOf(model: string, prompt: string): number | undefined {
  const price = PRICES.get(model);
  return price === undefined ? undefined : (price * prompt.length) / CHARACTERS_PER_TOKEN / 1e6;
}

function measureAll(
  benchmark: string,
  rows: readonly RoutingRow[],
  routers: readonly Router[],
): RoutingResult[] {
  const strong = rows.map((row) => row.scores.get(STRONG)!);
  const weak = rows.map((row) => row.scores.get(WEAK)!);
  const ranked = routers.map((router) => rankQuestions(router.scores));
  const measure = (order: RankedQuestions, counts: ArrayLike<number>) =>
    measureRouting(order, strong, weak, counts);
  const once = new Uint16Array(rows.length).fill(1);
  const whole = ranked.map((order) => measure(order, once));
  const random = createRandom(3);
  const resampled = Array.from({ length: RESAMPLES }, () => {
    const counts = new Uint16Array(rows.length);
    for (let draw = 0; draw < rows.length; draw++) counts[Math.floor(random() * rows.length)]!++;
    return ranked.map((order) => measure(order, counts));
  });
  return routers.map((router, index) => {
    const interval = (of: (all: typeof whole) => number): Measured => ({
      value: of(whole),
      ...middle(resampled.map(of)),
    });
    return {
      benchmark,
      router: router.name,
      labels: router.labels,
      questionCount: rows.length,
      apgr: interval((all) => all[index]!.apgr),
      cpt50: interval((all) => all[index]!.cpt50),
      cpt80: interval((all) => all[index]!.cpt80),
      apgrOverLength: interval((all) => all[index]!.apgr - all[0]!.apgr),
    };
  });
}

function middle(values: number[]): { lower: number; upper: number } {
  const sorted = values.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return { lower: at(0.025), upper: at(0.975) };
}

function show({ value, lower, upper }: Measured): string {
  return `${value.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`;
}

function printTable(results: readonly RoutingResult[]): void {
  console.log("| benchmark | router | labels | APGR | CPT(50%) | CPT(80%) | APGR over length |");
  console.log("|---|---|---|---|---|---|---|");
  for (const one of results)
    console.log(
      `| ${one.benchmark} (${one.questionCount}) | ${one.router} | ${one.labels} | ${show(one.apgr)} | ` +
        `${show(one.cpt50)} | ${show(one.cpt80)} | ${show(one.apgrOverLength)} |`,
    );
}

function printCurves(curves: readonly { readonly name: string; readonly fit: OutcomeFit }[]): void {
  console.log(
    "\n| outcomes | count | ECE | Brier (rate only) | log loss (rate only) | value: chosen / best single / oracle |",
  );
  console.log("|---|---|---|---|---|---|");
  for (const { name, fit } of curves) {
    const { calibration, baseline, regret } = fit;
    const compare = (a: number, b: number): string => `${a.toFixed(4)} (${b.toFixed(4)})`;
    console.log(
      `| ${name} | ${fit.outcomeCount} | ${calibration.expectedCalibrationError.toFixed(4)} | ` +
        `${compare(calibration.brier, baseline.brier)} | ${compare(calibration.logLoss, baseline.logLoss)} | ` +
        `${regret.chosen.toFixed(5)} / ${regret.bestSingle.toFixed(5)} / ${regret.oracle.toFixed(5)} |`,
    );
  }
}

function main(parameters: readonly string[]): void {
  const folder = parameters.find((one) => !one.startsWith("--"));
  if (folder === undefined || !hasRoutingData(folder)) {
    console.error(
      "Usage: node test/quality/routing.ts DATA_FOLDER [--json]; the folder must hold route_outcomes/.",
    );
    process.exitCode = 2;
    return;
  }
  const routers = measureRouters(folder);
  const curves = measureCurves(folder);
  if (parameters.includes("--json")) {
    const summaries = curves.map(({ name, fit: { scorecard: _, ...measures } }) => ({ name, ...measures }));
    console.log(JSON.stringify({ routers, curves: summaries }, null, 2));
    return;
  }
  printTable(routers);
  printCurves(curves);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.slice(2));
