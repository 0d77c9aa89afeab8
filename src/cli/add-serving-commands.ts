import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { parse as parseYaml } from "yaml";
import { serve } from "../main.ts";
import type { SimulatorProfile } from "../provider/simulated/profile.ts";
import { runSimulator } from "../provider/simulated/run.ts";
import { type CommandContext, run } from "./command-options.ts";

/** Adds what runs until it is stopped: serve, simulate. */
export function addServingCommands(program: Command, { environment, workingFolder }: CommandContext): void {
  program
    .command("serve")
    .description("run the service")
    .option("--config <file>", "configuration file")
    .action(run(({ config }) => serve({ config, environment, workingFolder })));

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
