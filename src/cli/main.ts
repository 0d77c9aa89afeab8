import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { parse as parseYaml } from "yaml";
import { besideConfig, ConfigError, type LoadedConfig, loadConfig } from "../config.ts";
import { serve } from "../main.ts";
import type { SimulatorProfile } from "../provider/simulated/profile.ts";
import { runSimulator } from "../provider/simulated/run.ts";
import {
  auditList,
  auditReplay,
  auditShow,
  auditSummary,
  auditVerify,
  auditWatch,
} from "./audit-commands.ts";
import { cachePurge } from "./cache-command.ts";
import { configCheck } from "./config-command.ts";
import { DEFAULT_URL, describeError } from "./connection.ts";
import { type EvalOptions, evaluateScenarios } from "./eval-command.ts";
import { type FitCommandOptions, fitTable } from "./fit-command.ts";
import { UsageError } from "./input.ts";
import { keysCreate, keysList, keysRevoke, keysRotate } from "./key-commands.ts";
import { auditErase, auditExport, auditPrune, auditReencrypt, verifyOffline } from "./ledger-commands.ts";
import { reportOutcome } from "./outcome-command.ts";
import { policyCheck, policyTest } from "./policy-commands.ts";
import { explainPrompt, routePrompt } from "./route-command.ts";
import { routeFile } from "./route-file.ts";
import { listTargets } from "./target-command.ts";

const environment = process.env;
const workingFolder = process.cwd();
const load = (file: string | undefined): LoadedConfig => loadConfig(file, environment, workingFolder);

const program = new Command("pointsman")
  .description("Routes each AI request to the right model, and proves why.")
  .version(version())
  .showHelpAfterError()
  .exitOverride();

/** Runs what a command does, and turns its number into the exit code. */
function run<Args extends unknown[]>(
  work: (...args: Args) => Promise<number> | number,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.exitCode = await work(...args);
  };
}

/** A command that calls the service. */
function client(command: Command): Command {
  return command
    .option("--url <url>", "where the service is", environment.POINTSMAN_URL ?? DEFAULT_URL)
    .option("--key <key>", "API key or token; better in POINTSMAN_API_KEY", environment.POINTSMAN_API_KEY)
    .option("--ca <file>", "PEM file of the authority of the service's certificate")
    .option("--json", "print JSON for programs");
}

function withInput(command: Command): Command {
  return client(command)
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

function withFilter(command: Command): Command {
  return client(command)
    .option("--task <task>", "only this task")
    .option("--target <id>", "only answered by this target")
    .option("--state <state>", "only in this state")
    .option("--rule <id>", "only where this rule applied")
    .option("--since <time>", "only since this time, or so long ago: 15m, 2h, 7d");
}

program
  .command("serve")
  .description("run the service")
  .option("--config <file>", "configuration file")
  .action(run(({ config }) => serve({ config, environment, workingFolder })));

withInput(program.command("route"))
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

withInput(program.command("explain"))
  .description("decide without calling, and say why")
  .argument("<prompt>", "the prompt")
  .action(run((prompt, options) => explainPrompt(prompt, options)));

client(program.command("targets"))
  .description("list the targets as they are now")
  .action(run((options) => listTargets(options)));

client(program.command("outcome"))
  .description("report what became of an answer")
  .argument("<decision-id>", "the decision")
  .argument("<result>", "success or failure")
  .option("--score <score>", "a finer judgement, 0 to 1")
  .option("--reporter <name>", "who judges")
  .option("--comment <text>", "a remark")
  .action(run((decisionId, result, options) => reportOutcome(decisionId, result, options)));

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

const audit = program.command("audit").description("look into the ledger");
withFilter(audit.command("list"))
  .description("list records, newest first")
  .option("--limit <n>", "at most this many", "20")
  .action(run((options) => auditList(options)));
client(audit.command("show"))
  .description("show all that is known of one request")
  .argument("<decision-id>", "the decision")
  .action(run((decisionId, options) => auditShow(decisionId, options)));
withFilter(audit.command("watch"))
  .description("follow the ledger")
  .option("--cursor <cursor>", "resume after this cursor")
  .action(run((options) => auditWatch(options)));
withFilter(audit.command("summary"))
  .description("sum up by group")
  .option(
    "--by <dimensions>",
    "task, target, tenant, app, policy_revision, day, experiment_arm; up to 3, with commas",
    "task,target",
  )
  .action(run((options) => auditSummary(options)));
client(audit.command("verify"))
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
withFilter(audit.command("replay"))
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

const policy = program.command("policy").description("check and test policies");
policy
  .command("check")
  .description("find every mistake of a policy")
  .argument("[file]", "policy file; by default the configuration's")
  .option("--config <file>", "configuration whose targets it is for")
  .option("--json", "print JSON for programs")
  .action(
    run((file, { config, json }) => policyCheck(policyFile(file, load(config)), load(config), json === true)),
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

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    console.error(describeError(error, urlOf(process.argv)));
    process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

function policyFile(given: string | undefined, loaded: LoadedConfig): string {
  if (given) return resolve(workingFolder, given);
  if (loaded.config.policy) return besideConfig(loaded, loaded.config.policy);
  throw new UsageError("The configuration names no policy; give the policy's file.");
}

function urlOf(args: readonly string[]): string {
  const at = args.indexOf("--url");
  return (at >= 0 ? args[at + 1] : undefined) ?? environment.POINTSMAN_URL ?? DEFAULT_URL;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
