import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { ConfigError, loadConfig } from "../config.ts";
import { addAuditCommands } from "./add-audit-commands.ts";
import { addEvaluationCommands } from "./add-evaluation-commands.ts";
import { addKeepingCommands } from "./add-keeping-commands.ts";
import { addPolicyCommands } from "./add-policy-commands.ts";
import { addRequestCommands } from "./add-request-commands.ts";
import { addServingCommands } from "./add-serving-commands.ts";
import type { CommandContext } from "./command-options.ts";
import { DEFAULT_URL, describeError } from "./connection.ts";
import { UsageError } from "./input.ts";

const environment = process.env;
const workingFolder = process.cwd();
const context: CommandContext = {
  environment,
  workingFolder,
  load: (file) => loadConfig(file, environment, workingFolder),
};

const program = new Command("pointsman")
  .description("Routes each AI request to the right model, and proves why.")
  .version(version())
  .showHelpAfterError()
  .exitOverride();

// In the order in which the help lists them.
for (const add of [
  addServingCommands,
  addRequestCommands,
  addEvaluationCommands,
  addAuditCommands,
  addPolicyCommands,
  addKeepingCommands,
]) {
  add(program, context);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    console.error(describeError(error, urlOf(process.argv)));
    process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

function urlOf(args: readonly string[]): string {
  const at = args.indexOf("--url");
  return (at >= 0 ? args[at + 1] : undefined) ?? environment.POINTSMAN_URL ?? DEFAULT_URL;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
