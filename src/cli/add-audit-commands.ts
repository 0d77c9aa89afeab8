import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { auditReplay, auditSummary, auditVerify, auditWatch } from "./audit-commands.ts";
import { type CommandContext, client, run, withFilter } from "./command-options.ts";
import { auditErase, auditExport, auditPrune, auditReencrypt, verifyOffline } from "./ledger-commands.ts";
import { auditList, auditShow } from "./record-commands.ts";

/** Adds what looks into the ledger and keeps it: audit. */
export function addAuditCommands(program: Command, { environment, load }: CommandContext): void {
  const audit = program.command("audit").description("look into the ledger");
  withFilter(audit.command("list"), environment)
    .description("list records, newest first")
    .option("--limit <n>", "at most this many", "20")
    .action(run((options) => auditList(options)));
  client(audit.command("show"), environment)
    .description("show all that is known of one request")
    .argument("<decision-id>", "the decision")
    .action(run((decisionId, options) => auditShow(decisionId, options)));
  withFilter(audit.command("watch"), environment)
    .description("follow the ledger")
    .option("--cursor <cursor>", "resume after this cursor")
    .action(run((options) => auditWatch(options)));
  withFilter(audit.command("summary"), environment)
    .description("sum up by group")
    .option(
      "--by <dimensions>",
      "task, target, tenant, app, policy_revision, day, experiment_arm; up to 3, with commas",
      "task,target",
    )
    .action(run((options) => auditSummary(options)));
  client(audit.command("verify"), environment)
    .description("walk the hash chains, of a service, of files or of the centre")
    .option("--folder <dir>", "a data folder, without a service")
    .option("--export <dir>", "what audit export wrote, without a service")
    .option("--centre", "the PostgreSQL of the configuration, without a service")
    .option("--config <file>", "with --centre: configuration file")
    .option("--heads <file...>", "with --folder and --centre: signed heads that were kept elsewhere")
    .option("--trusted-key <file...>", "without a service: PEM files of the keys that may have signed")
    .action(
      run((options) =>
        options.folder || options.export || options.centre
          ? verifyOffline(options, () => load(options.config))
          : auditVerify(options),
      ),
    );
  audit
    .command("export")
    .description("write all entries of the data folder, or of the centre, to files, with a manifest")
    .requiredOption("--out <dir>", "where to")
    .option("--format <format>", "jsonl, which verifies offline, or parquet, for analysis", "jsonl")
    .option("--centre", "the PostgreSQL of the configuration instead of the data folder")
    .option("--config <file>", "configuration file")
    .option("--json", "print JSON for programs")
    .action(run((options) => auditExport(load(options.config), options)));
  audit
    .command("erase")
    .description("erase the stored content of one subject in the data folder")
    .requiredOption("--tenant <name>", "whose subject it is")
    .requiredOption("--subject <id>", "whose content goes")
    .option("--config <file>", "configuration file")
    .option("--json", "print JSON for programs")
    .action(run((options) => auditErase(load(options.config), options)));
  audit
    .command("prune")
    .description("drop entries that retention no longer keeps from the data folder")
    .option("--config <file>", "configuration file")
    .option("--json", "print JSON for programs")
    .action(run(({ config, json }) => auditPrune(load(config), json === true)));
  audit
    .command("reencrypt")
    .description("encrypt stored content under the first key, after a rotation")
    .option("--config <file>", "configuration file")
    .option("--json", "print JSON for programs")
    .action(run(({ config, json }) => auditReencrypt(load(config), json === true)));
  withFilter(audit.command("replay"), environment)
    .description("decide recorded facts again, under the recorded policy or a candidate")
    .option("--policy <file>", "candidate policy")
    .option("--limit <n>", "at most this many records")
    .action(
      run((options) =>
        auditReplay(
          options.policy ? { ...options, policyText: readFileSync(options.policy, "utf8") } : options,
        ),
      ),
    );
}
