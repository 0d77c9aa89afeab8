import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { parse as parseYaml } from "yaml";
import { serve } from "../main.ts";
import type { SimulatorProfile } from "../provider/simulated/profile.ts";
import { runSimulator } from "../provider/simulated/run.ts";
import { serveByWorkers } from "../serve-workers.ts";
import { type CommandContext, run } from "./command-options.ts";
import { UsageError } from "./input.ts";

/** Adds what runs until it is stopped: serve, simulate. */
export function addServingCommands(program: Command, { environment, workingFolder }: CommandContext): void {
  program
    .command("serve")
    .description("run the service")
    .option("--config <file>", "configuration file")
    .option("--workers <n>", "processes on the same addresses; 0 for one each core", "1")
    .action(
      run(({ config, workers }) => {
        const options = { config, environment, workingFolder };
        const count = workerCount(workers);
        return count === 1 ? serve(options) : serveByWorkers(options, count);
      }),
    );

  program
    .command("simulate")
    .description("run a simulated provider by itself, for load tests and for trying policies")
    .requiredOption("--port <n>", "port; 0 for a free one")
    .option("--host <host>", "address", "127.0.0.1")
    .option("--profile <file>", "YAML or JSON profile: models, latencies, faults")
    .option("--seed <n>", "makes every draw repeatable")
    .option("--json", "print JSON for programs")
    .action(
      run(async ({ port, host, profile, seed, json }) => {
        const simulator = await runSimulator({
          port: Number(port),
          host,
          ...(profile && { profile: parseYaml(readFileSync(profile, "utf8")) as SimulatorProfile }),
          ...(seed && { seed: Number(seed) }),
        });
        console.log(
          json
            ? JSON.stringify({ url: simulator.url })
            : `The simulator listens on ${simulator.url}; stop it with Ctrl-C.`,
        );
        await new Promise<void>((done) => {
          process.once("SIGINT", done);
          process.once("SIGTERM", done);
        });
        await simulator.close();
        return 0;
      }),
    );
}

const MOST_WORKERS = 256;

function workerCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0 || count > MOST_WORKERS)
    throw new UsageError(`--workers must be a whole number from 0 to ${MOST_WORKERS}, and is "${text}".`);
  return count === 0 ? availableParallelism() : count;
}
