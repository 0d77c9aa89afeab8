import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { toTarget } from "../build-world.ts";
import type { LoadedConfig } from "../config.ts";
import type { Candidate } from "../evaluate/candidate.ts";
import { EvaluateError } from "../evaluate/evaluate-error.ts";
import { junitXml } from "../evaluate/junit.ts";
import { measuredScorecard } from "../evaluate/measured-scorecard.ts";
import { type Cell, planCells, settledCells } from "../evaluate/plan.ts";
import { readScenarios } from "../evaluate/read-scenarios.ts";
import { compareRuns } from "../evaluate/regressions.ts";
import { reportHtml } from "../evaluate/report-html.ts";
import { openResults, type Result, readResults } from "../evaluate/results.ts";
import { runEvaluation } from "../evaluate/run-evaluation.ts";
import { createSandbox } from "../evaluate/sandbox.ts";
import type { ScenarioFile } from "../evaluate/scenario-schema.ts";
import { summarizeCandidate } from "../evaluate/summarize.ts";
import { systemClock } from "../lib/clock.ts";
import { formatScorecard } from "../scorecard/scorecard-file.ts";
import { checkTarget, localCandidates, readCallError, runningService } from "./eval-candidates.ts";
import { closedGates, gatedNames } from "./eval-gates.ts";
import { type EvaluationServices, startEvaluationServices } from "./eval-service.ts";
import { UsageError } from "./input.ts";
import { type EvaluationOutcome, showOutcome, startProgress } from "./show-evaluation.ts";

/** Options of `eval`, as they are written. */
export interface EvalOptions {
  readonly out: string;
  readonly concurrency: string;
  readonly budget: string;
  readonly timeout: string;
  readonly fresh?: boolean;
  readonly baseline?: string;
  readonly minPassRate?: string;
  readonly gate?: readonly string[];
  readonly failOnRegression?: boolean;
  readonly url?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

/**
 * Runs scenarios against targets and policies, and writes results, scorecard, report and JUnit file into a folder.
 * 1 where a gate is closed or answers are missing.
 */
export async function evaluateScenarios(
  path: string,
  loaded: LoadedConfig,
  options: EvalOptions,
): Promise<number> {
  const numbers = readNumbers(options);
  const scenarioPath = resolve(path);
  const file = readFile(scenarioPath, path);
  const judges = new Set(
    file.scenarios.flatMap(({ expect }) =>
      expect.flatMap((one) => ("judge" in one ? [one.judge.target] : [])),
    ),
  );
  const stop = new AbortController();
  const interrupt = (): void =>
    stop.abort(new UsageError("Interrupted. What is done is kept: run again to go on."));
  process.once("SIGINT", interrupt);
  // Judges are targets of the configuration here; a running service's policy would decide who judges.
  const services =
    options.url === undefined || judges.size > 0 ? await startEvaluationServices(loaded) : undefined;
  try {
    for (const judge of judges) checkTarget(judge, loaded);
    const candidates =
      options.url === undefined
        ? await localCandidates(file, scenarioPath, loaded, services!)
        : [remote(file, options, options.url)];
    const outcome = await evaluate(file, candidates, loaded, options, numbers, services, stop.signal);
    showOutcome(outcome, options.json === true);
    return outcome.closed.length === 0 && outcome.ran.left === 0 ? 0 : 1;
  } catch (error) {
    throw error instanceof EvaluateError ? new UsageError(error.message) : error;
  } finally {
    process.off("SIGINT", interrupt);
    await services?.close();
  }
}

function readFile(scenarioPath: string, shown: string): ScenarioFile {
  let text: string;
  try {
    text = readFileSync(scenarioPath, "utf8");
  } catch {
    throw new UsageError(`There is no file of scenarios ${shown} that can be read.`);
  }
  try {
    return readScenarios(text, shown);
  } catch (error) {
    throw error instanceof EvaluateError ? new UsageError(error.message) : error;
  }
}

async function evaluate(
  file: ScenarioFile,
  candidates: readonly Candidate[],
  loaded: LoadedConfig,
  options: EvalOptions,
  numbers: Numbers,
  services: EvaluationServices | undefined,
  signal: AbortSignal,
): Promise<EvaluationOutcome> {
  const gated = gatedNames(candidates, options.gate);
  const baseline = options.baseline === undefined ? undefined : readResults(options.baseline);
  const run = new Date(systemClock.now()).toISOString();
  const folder = resolve(options.out);
  const kept = openResults(join(folder, "results.jsonl"), options.fresh ? run : undefined);
  const cells = planCells(file, candidates);
  const settled = settledCells(cells, kept.history.reusable);
  const progress = startProgress(cells.length, settled.size, options.json === true);
  const made: Result[] = [];
  const ran = await runEvaluation(
    cells.filter(({ id }) => !settled.has(id)),
    {
      run,
      concurrency: numbers.concurrency,
      budget: numbers.budget,
      tools: {
        sandbox: createSandbox(),
        judgeOf: (target) => services!.byTarget(target),
        readError: readCallError,
        timeoutMs: numbers.timeoutMs,
        now: systemClock.now,
      },
      onResult(result) {
        kept.append(result);
        made.push(result);
        progress.add(result);
      },
    },
    signal,
  ).finally(progress.stop);

  const results = inOrder(cells, [...settled.values(), ...made]);
  const summaries = candidates.map(({ name }) => summarizeCandidate(name, results));
  const comparison = compareRuns(results, baseline ? asEarlier(baseline.results) : kept.history.results);
  const left = ran.left;
  const targets = loaded.config.targets.map(toTarget);
  const direct = new Set(candidates.flatMap(({ kind, name }) => (kind === "target" ? [name] : [])));
  const scorecard = measuredScorecard(results, targets, direct);
  mkdirSync(folder, { recursive: true });
  const files: Record<string, string> = { results: join(folder, "results.jsonl") };
  const write = (name: string, path: string, text: string): void => {
    files[name] = join(folder, path);
    writeFileSync(files[name], text);
  };
  if (scorecard) write("scorecard", "scorecard.json", formatScorecard(scorecard));
  const report = { name: file.name, time: systemClock.now(), summaries, results, comparison, left };
  write("report", "report.html", reportHtml({ ...report, scenarios: file.scenarios }));
  write("junit", "junit.xml", junitXml(file.name, results, comparison.regressions));
  const closed = closedGates(summaries, gated, comparison, numbers.minPassRate, options.failOnRegression);
  return { results, summaries, comparison, ran: { ...ran, reused: settled.size }, files, closed };
}

function remote(file: ScenarioFile, options: EvalOptions, url: string): Candidate {
  if (file.candidates !== undefined)
    throw new UsageError(
      "With --url the running service is the candidate, as it is. Leave candidates out of the file, or --url.",
    );
  return runningService({ url, key: options.key, ca: options.ca });
}

/** A baseline's results are earlier than any, whatever the clocks of the machines say. */
function asEarlier(results: readonly Result[]): Result[] {
  return results.map((result) => ({ ...result, run: ` ${result.run}` }));
}

function inOrder(cells: readonly Cell[], results: readonly Result[]): Result[] {
  const byCell = new Map(results.map((result) => [result.cell, result]));
  return cells.flatMap(({ id }) => byCell.get(id) ?? []);
}

interface Numbers {
  readonly concurrency: number;
  readonly budget: number;
  readonly timeoutMs: number;
  readonly minPassRate: number | undefined;
}

function readNumbers({ concurrency, budget, timeout, minPassRate }: EvalOptions): Numbers {
  return {
    concurrency: within("--concurrency", concurrency, 1, 1_000, true),
    budget: within("--budget", budget, 0, 1e6),
    timeoutMs: 1000 * within("--timeout", timeout, 0.1, 86_400),
    minPassRate: minPassRate === undefined ? undefined : within("--min-pass-rate", minPassRate, 0, 1),
  };
}

function within(option: string, text: string, least: number, most: number, whole = false): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new UsageError(
      `${option} wants a ${whole ? "whole " : ""}number from ${least} to ${most}, not ${JSON.stringify(text)}.`,
    );
  return value;
}
