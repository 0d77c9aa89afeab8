import type { Command } from "commander";
import type { LoadedConfig } from "../config.ts";
import { cachePurge } from "./cache-command.ts";
import { type CommandContext, run } from "./command-options.ts";
import { keysCreate, keysList, keysRevoke, keysRotate } from "./key-commands.ts";

/** Adds what manages the data folder: keys, cache. */
export function addKeepingCommands(program: Command, { load }: CommandContext): void {
  const keys = program
    .command("keys")
    .description("manage API keys in the data folder")
    .option("--config <file>", "configuration file");
  const keyConfig = (): LoadedConfig => load(keys.opts<{ config?: string }>().config);
  keys
    .command("create")
    .description("make a key; it is shown once")
    .requiredOption("--tenant <name>", "whose key it is")
    .option("--id <id>", "names the key")
    .option("--app <name>", "the application")
    .option("--user <name>", "the person or service account")
    .option("--roles <roles>", "some of caller, auditor, operator", "caller")
    .option("--days <n>", "days until it ends")
    .option("--json", "print JSON for programs")
    .action(run((options) => keysCreate(keyConfig(), options, options.json === true)));
  keys
    .command("list")
    .description("list keys")
    .option("--json", "print JSON for programs")
    .action(run(({ json }) => keysList(keyConfig(), json === true)));
  keys
    .command("revoke")
    .description("end a key at once")
    .argument("<id>", "the key's id")
    .option("--json", "print JSON for programs")
    .action(run((id, { json }) => keysRevoke(keyConfig(), id, json === true)));
  keys
    .command("rotate")
    .description("give a key a new secret")
    .argument("<id>", "the key's id")
    .option("--grace-hours <n>", "hours for which the old secret is accepted", "24")
    .option("--json", "print JSON for programs")
    .action(run((id, { graceHours, json }) => keysRotate(keyConfig(), id, graceHours, json === true)));

  program
    .command("cache")
    .description("manage kept answers")
    .command("purge")
    .description("drop a tenant's kept answers, all or those with a label")
    .requiredOption("--tenant <name>", "whose answers")
    .option("--label <name=value>", "only those of requests with this label")
    .option("--config <file>", "configuration file")
    .option("--json", "print JSON for programs")
    .action(run((options) => cachePurge(load(options.config), options, options.json === true)));
}
