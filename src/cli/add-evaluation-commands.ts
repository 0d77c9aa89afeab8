import type { Command } from "commander";
import { type CommandContext, run } from "./command-options.ts";
import { type EvalOptions, evaluateScenarios } from "./eval-command.ts";
import { type FitCommandOptions, fitTable } from "./fit-command.ts";

/** Adds what measures targets and policies: eval, fit. */
export function addEvaluationCommands(program: Command, { environment, load }: CommandContext): void {
  program
    .command("eval")
    .description("run your own scenarios against targets and policies, side by side")
    .argument("<scenarios>", "YAML or JSON file of scenarios")
    .option("--config <file>", "configuration whose targets and policy are evaluated")
    .option(
      "--url <url>",
      "evaluate the service that runs there, as it is, instead of targets and policies here",
    )
    .option("--key <key>", "API key for --url; better in POINTSMAN_API_KEY", environment.POINTSMAN_API_KEY)
    .option("--ca <file>", "PEM file of the authority of the certificate at --url")
    .option("--out <folder>", "where results, scorecard, report and JUnit file go", "pointsman-eval")
    .option("--concurrency <n>", "answers under way at once", "8")
    .option("--budget <dollars>", "most that this run may cost, in US dollars", "1")
    .option("--timeout <seconds>", "most seconds for one answer", "120")
    .option("--fresh", "ask everything again; by default, what was done is kept")
    .option("--baseline <file>", "results.jsonl to compare with; by default, the last run in --out")
    .option("--min-pass-rate <share>", "fail where a policy passes less than this, 0 to 1")
    .option("--fail-on-regression", "fail where a policy's scenario passed in the last run, and now does not")
    .option(
      "--gate <candidate>",
      "candidates for which that holds, may be repeated; by default the policies, or all where there is none",
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option("--json", "print JSON for programs")
    .action(
      run((scenarios: string, { config, ...options }: EvalOptions & { config?: string }) =>
        evaluateScenarios(scenarios, load(config), options),
      ),
    );

  program
    .command("fit")
    .description("fit success curves to a table of outcomes, and say how far they can be trusted")
    .argument("<outcomes>", "JSON Lines of outcomes")
    .requiredOption("--out <file>", "where the scorecard goes")
    .option("--config <file>", "configuration whose targets it is for")
    .option("--json", "print JSON for programs")
    .action(
      run((outcomes: string, { config, ...options }: FitCommandOptions & { config?: string }) =>
        fitTable(outcomes, load(config), options),
      ),
    );
}
