import type { Command } from "commander";
import type { Environment, LoadedConfig } from "../config.ts";
import { DEFAULT_URL } from "./connection.ts";

/** Where the program runs: read once, in main.ts. */
export interface CommandContext {
  readonly environment: Environment;
  readonly workingFolder: string;
  /** Reads a configuration; without a name, the one that is found. @throws ConfigError */
  load(file: string | undefined): LoadedConfig;
}

/** Runs what a command does, and turns its number into the exit code. */
export function run<Args extends unknown[]>(
  work: (...args: Args) => Promise<number> | number,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.exitCode = await work(...args);
  };
}

/** A command that calls the service. */
export function client(command: Command, environment: Environment): Command {
  return command
    .option("--url <url>", "where the service is", environment.POINTSMAN_URL ?? DEFAULT_URL)
    .option("--key <key>", "API key or token; better in POINTSMAN_API_KEY", environment.POINTSMAN_API_KEY)
    .option("--ca <file>", "PEM file of the authority of the service's certificate")
    .option("--json", "print JSON for programs");
}

/** A command that asks for an answer. */
export function withInput(command: Command, environment: Environment): Command {
  return client(command, environment)
    .option("--system <text>", "a system turn before the prompt")
    .option("--task <task>", "the task, where you know it")
    .option("--latency-class <class>", "interactive, standard or batch")
    .option("--quality-floor <p>", "least probability of success, 0 to 1")
    .option("--cost-ceiling <dollars>", "most expected cost, in US dollars")
    .option("--max-latency <seconds>", "most seconds for the whole answer")
    .option("--region <region>", "region of the target")
    .option("--max-tokens <n>", "most output tokens")
    .option("--conversation <id>", "conversation that this continues")
    .option(
      "--label <name=value>",
      "a label, may be repeated",
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option("--timeout <seconds>", "deadline of the call");
}

/** A command that chooses records. */
export function withFilter(command: Command, environment: Environment): Command {
  return client(command, environment)
    .option("--task <task>", "only this task")
    .option("--target <id>", "only answered by this target")
    .option("--state <state>", "only in this state")
    .option("--rule <id>", "only where this rule applied")
    .option("--since <time>", "only since this time, or so long ago: 15m, 2h, 7d");
}
