import { resolve } from "node:path";
import type { Command } from "commander";
import { besideConfig, type LoadedConfig } from "../config.ts";
import { type CommandContext, run } from "./command-options.ts";
import { configCheck } from "./config-command.ts";
import { UsageError } from "./input.ts";
import { policyCheck, policyTest } from "./policy-commands.ts";

/** Adds what checks files before they are used: policy, config. */
export function addPolicyCommands(program: Command, { workingFolder, load }: CommandContext): void {
  const policyFile = (given: string | undefined, loaded: LoadedConfig): string => {
    if (given) return resolve(workingFolder, given);
    if (loaded.config.policy) return besideConfig(loaded, loaded.config.policy);
    throw new UsageError("The configuration names no policy; give the policy's file.");
  };

  const policy = program.command("policy").description("check and test policies");
  policy
    .command("check")
    .description("find every mistake of a policy")
    .argument("[file]", "policy file; by default the configuration's")
    .option("--config <file>", "configuration whose targets it is for")
    .option("--json", "print JSON for programs")
    .action(
      run((file, { config, json }) =>
        policyCheck(policyFile(file, load(config)), load(config), json === true),
      ),
    );
  policy
    .command("test")
    .description("run cases against a policy")
    .argument("[cases]", "file of cases; by default beside the policy, *.cases.yaml")
    .option("--policy <file>", "policy file; by default the configuration's")
    .option("--config <file>", "configuration whose targets it is for")
    .option("--json", "print JSON for programs")
    .action(
      run((cases, options) => {
        const loaded = load(options.config);
        const file = policyFile(options.policy, loaded);
        return policyTest(
          file,
          cases ?? file.replace(/\.(ya?ml|json)$/, ".cases.$1"),
          loaded,
          options.json === true,
        );
      }),
    );

  program
    .command("config")
    .description("check the configuration")
    .command("check")
    .description("find every mistake of a configuration and its policy")
    .argument("[file]", "configuration file")
    .option("--json", "print JSON for programs")
    .action(run((file, { json }) => configCheck(() => load(file), json === true)));
}
