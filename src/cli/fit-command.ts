import { readFileSync, writeFileSync } from "node:fs";
import { toTarget } from "../build-world.ts";
import { createClassifier } from "../classify/classifier.ts";
import { promptFeaturesId } from "../classify/prompt-features.ts";
import type { LoadedConfig } from "../config.ts";
import { formatDollars } from "../lib/money.ts";
import type { Calibration } from "../scorecard/calibration.ts";
import { fitOutcomes, type OutcomeFit } from "../scorecard/fit-outcomes.ts";
import { type EstimatePrompt, parseOutcomeRows } from "../scorecard/outcome-rows.ts";
import { formatScorecard } from "../scorecard/scorecard-file.ts";
import { inputOf, UsageError } from "./input.ts";

/** Options of `fit`. */
export interface FitCommandOptions {
  readonly out: string;
  readonly json?: boolean;
}

/**
 * Fits success curves to a table of outcomes (JSON Lines), writes the scorecard, and says how far it can be trusted. A
 * task or difficulty that a line leaves out is judged by the classifier from its prompt.
 */
export function fitTable(file: string, loaded: LoadedConfig, options: FitCommandOptions): number {
  const rows = parseOutcomeRows(readFileSync(file, "utf8"), estimator());
  if (rows.length === 0) throw new UsageError(`${file} has no outcomes.`);
  const fit = fitOutcomes(rows, {
    targets: loaded.config.targets.map(toTarget),
    featuresId: promptFeaturesId(),
  });
  writeFileSync(options.out, formatScorecard(fit.scorecard));
  const { scorecard, ...measures } = fit;
  if (options.json)
    console.log(JSON.stringify({ ...measures, revision: scorecard.revision, out: options.out }));
  else console.log(describe(fit, new Set(rows.map(({ targetId }) => targetId)), loaded, options.out));
  return 0;
}

function estimator(): EstimatePrompt {
  const classifier = createClassifier();
  return (prompt) => {
    const { task, difficulty, promptFeatures } = classifier.classify(inputOf(prompt, {}));
    return { task, difficulty, features: promptFeatures() };
  };
}

function describe(fit: OutcomeFit, targets: ReadonlySet<string>, loaded: LoadedConfig, out: string): string {
  const { outcomeCount, questionCount, calibration, curvesAlone, baseline, regret, scorecard } = fit;
  const known = new Set(loaded.config.targets.map(({ id }) => id));
  const unknown = [...targets].filter((id) => !known.has(id));
  const lines = [
    `${outcomeCount} outcomes of ${targets.size} targets, ${questionCount} questions. Measured by cross-validation over questions:`,
    `  curves                 ${describeCalibration(curvesAlone)}`,
    scorecard.promptCorrection
      ? `  curves and prompts     ${describeCalibration(calibration)}`
      : "  prompts                say nothing beyond task and difficulty, so far",
    `  success rates alone    ${describeCalibration(baseline)}`,
  ];
  if (regret.questionCount === 0)
    lines.push("  regret                 not measured: no question was answered by several targets");
  else
    lines.push(
      `  worth of a question    ${formatDollars(regret.chosen)} chosen by the curves, ${formatDollars(regret.random)} at random, ` +
        `${formatDollars(regret.bestSingle)} always ${regret.bestSingleTargetId}, ${formatDollars(regret.oracle)} at best`,
      `  regret                 ${formatDollars(regret.regret)} a question, over ${regret.questionCount} questions`,
    );
  if (unknown.length > 0)
    lines.push(`  not in the configuration, and so without effect there: ${unknown.join(", ")}`);
  return [...lines, `Written to ${out}; "scorecard: ${out}" in the configuration loads it.`].join("\n");
}

function describeCalibration({ expectedCalibrationError, brier, logLoss }: Calibration): string {
  return `calibration error (ECE) ${expectedCalibrationError.toFixed(4)}, Brier ${brier.toFixed(4)}, log loss ${logLoss.toFixed(4)}`;
}
