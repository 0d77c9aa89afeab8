import type { Command } from "commander";
import { type CommandContext, client, run, withInput } from "./command-options.ts";
import { UsageError } from "./input.ts";
import { reportOutcome } from "./outcome-command.ts";
import { explainPrompt, routePrompt } from "./route-command.ts";
import { routeFile } from "./route-file.ts";
import { listTargets } from "./target-command.ts";

/** Adds what asks a running service: route, explain, targets, outcome. */
export function addRequestCommands(program: Command, { environment }: CommandContext): void {
  withInput(program.command("route"), environment)
    .description("answer a prompt, and show who answered and why")
    .argument("[prompt]", "the prompt")
    .option("--request-id <id>", "makes a repeat safe")
    .option("--file <file>", "JSON Lines of {id, prompt} or {id, input} to route")
    .option("--out <file>", "where the results of --file go, as JSON Lines")
    .option("--concurrency <n>", "requests of --file under way at once", "8")
    .action(
      run((prompt, options) => {
        if (options.file) return routeFile(options);
        if (!prompt)
          throw new UsageError('Give a prompt, such as: pointsman route "Say hello", or a file with --file.');
        return routePrompt(prompt, options);
      }),
    );

  withInput(program.command("explain"), environment)
    .description("decide without calling, and say why")
    .argument("<prompt>", "the prompt")
    .action(run((prompt, options) => explainPrompt(prompt, options)));

  client(program.command("targets"), environment)
    .description("list the targets as they are now")
    .action(run((options) => listTargets(options)));

  client(program.command("outcome"), environment)
    .description("report what became of an answer")
    .argument("<decision-id>", "the decision")
    .argument("<result>", "success or failure")
    .option("--score <score>", "a finer judgement, 0 to 1")
    .option("--reporter <name>", "who judges")
    .option("--comment <text>", "a remark")
    .action(run((decisionId, result, options) => reportOutcome(decisionId, result, options)));
}
