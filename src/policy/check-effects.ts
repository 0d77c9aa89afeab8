import type { DescEnum } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  type Attempts,
  Attempts_OnInterruptSchema,
  type Experiment,
  LogLevelSchema,
  type Only,
  Redact_ActionSchema,
  type Require,
  type Rule,
  type Stakes,
} from "#gen/pointsman/v1/policy_pb.ts";
import { CapabilitySchema } from "#gen/pointsman/v1/target_pb.ts";
import { durationMilliseconds, formatDuration, parseDuration } from "./durations.ts";
import { effectNames } from "./effects.ts";
import { experimentKeys, isExperimentKey } from "./experiment.ts";
import type { IssueList } from "./issues.ts";
import { nameHint } from "./nearest-name.ts";
import type { PolicyWorld } from "./world.ts";

/** Checks every effect of a rule: that this build has it, that what it names exists, and that its numbers are in bounds. */
export function checkEffects(rule: Rule, path: string, world: PolicyWorld, issues: IssueList): void {
  const effects = effectNames(rule);
  if (effects.length === 0) issues.warn(path, "this rule has no effect; add one, or take it out");
  for (const effect of effects) {
    if (!world.effects.has(effect))
      issues.error(`${path}.${effect}`, `"${effect}" is not available in this build`);
  }
  if (rule.deny && rule.refuse) issues.error(`${path}.refuse`, "a rule cannot both deny and refuse");
  const pointless = effects.filter((effect) => ["require", "prefer", "only", "experiment"].includes(effect));
  if ((rule.deny || rule.refuse) && pointless.length > 0) {
    issues.warn(
      `${path}.${pointless[0]}`,
      `nothing is chosen after ${rule.deny ? "deny" : "refuse"}, so "${pointless[0]}" does nothing`,
    );
  }
  const check = createChecks(world, issues);
  check.length(`${path}.deny.message`, rule.deny?.message, maximumMessageLength);
  check.length(`${path}.refuse.message`, rule.refuse?.message, maximumMessageLength);
  if (rule.require) checkRequire(rule.require, `${path}.require`, check, issues);
  for (const [index, prefer] of rule.prefer.entries()) {
    const preferPath = `${path}.prefer[${index}]`;
    if (prefer.subject.case === "target") check.target(`${preferPath}.target`, prefer.subject.value);
    else if (prefer.subject.case === "tag") check.tag(`${preferPath}.tag`, prefer.subject.value);
    else issues.error(preferPath, 'name what is preferred: "target" or "tag"');
    check.range(`${preferPath}.weight`, prefer.weight, -maximumDollars, maximumDollars);
    if (prefer.weight === 0) issues.warn(preferPath, "a weight of 0 prefers nothing");
  }
  if (rule.only) checkOnly(rule.only, `${path}.only`, check, issues);
  for (const [index, redact] of rule.redact.entries()) {
    const redactPath = `${path}.redact[${index}]`;
    check.word(`${redactPath}.action`, Redact_ActionSchema, redact.action);
    if (redact.kinds.length === 0)
      issues.error(redactPath, 'name the kinds, such as "email", "pii" or "secrets"');
    for (const [position, kind] of redact.kinds.entries()) {
      check.known(`${redactPath}.kinds[${position}]`, "kind of private data", kind, world.kinds);
    }
  }
  if (rule.retrieve) {
    check.known(`${path}.retrieve.collection`, "collection", rule.retrieve.collection, world.collections);
    if (rule.retrieve.k !== 0) check.range(`${path}.retrieve.k`, rule.retrieve.k, 1, 20);
  }
  if (rule.cache) {
    if (!rule.cache.ttl)
      issues.error(
        `${path}.cache`,
        'say how long answers may be repeated, such as "ttl: 5m"; 0s means never',
      );
    check.duration(`${path}.cache.ttl`, rule.cache.ttl, "0s", "30d");
    if (rule.cache.maxBytes !== undefined)
      check.range(`${path}.cache.max_bytes`, rule.cache.maxBytes, 1, 0xffff_ffff);
  }
  if (rule.stakes) checkStakes(rule.stakes, `${path}.stakes`, check);
  if (rule.attempts) checkAttempts(rule.attempts, `${path}.attempts`, check, issues);
  if (rule.experiment) checkExperiment(rule.experiment, `${path}.experiment`, check, issues);
  if (rule.shadow) {
    check.target(`${path}.shadow.target`, rule.shadow.target);
    check.range(`${path}.shadow.share`, rule.shadow.share, 0, 1);
    check.range(`${path}.shadow.max_dollars_per_day`, rule.shadow.maxDollarsPerDay, 0, maximumDollars);
  }
  if (rule.log && rule.log.level === 0)
    issues.error(`${path}.log`, "say how much is kept: none, redacted or full");
  check.word(`${path}.log.level`, LogLevelSchema, rule.log?.level ?? 0);
  if (rule.explore) {
    check.range(`${path}.explore.share`, rule.explore.share, 0, 0.5);
    check.range(`${path}.explore.max_extra_cost`, rule.explore.maxExtraCost, 0, maximumDollars);
  }
  if (rule.classify) {
    check.target(`${path}.classify.target`, rule.classify.target);
    check.range(`${path}.classify.below_confidence`, rule.classify.belowConfidence, 0, 1);
    check.duration(`${path}.classify.timeout`, rule.classify.timeout, "1ms", "1m");
  }
  checkNames(rule.stripTools?.names ?? [], `${path}.strip_tools.names`, issues);
}

/** The most that a weight or a stake may be, in US dollars: what is beyond it is a slip of the hand. */
const maximumDollars = 1_000_000;
const maximumMessageLength = 2000;
/** Nobody means to wait longer, and Node's timers could not wait for a month. */
const longestTimeout = "1d";

type Checks = ReturnType<typeof createChecks>;

function createChecks(world: PolicyWorld, issues: IssueList) {
  const targetIds = world.targets.map(({ id }) => id);
  const tags = [...new Set(world.targets.flatMap((target) => target.tags))].sort();
  const known = (path: string, what: string, name: string, names: readonly string[]) => {
    if (names.includes(name)) return;
    issues.error(
      path,
      name === "" ? `name the ${what}` : `there is no ${what} "${name}"${nameHint(name, names)}`,
    );
  };
  return {
    known,
    target: (path: string, id: string) => known(path, "target", id, targetIds),
    tag: (path: string, tag: string) => known(path, "target with tag", tag, tags),
    region: (path: string, region: string) =>
      known(
        path,
        "target in region",
        region,
        [...new Set(world.targets.map((target) => target.region))].filter((name) => name !== ""),
      ),
    range(path: string, value: number | undefined, low: number, high: number) {
      if (value === undefined || (value >= low && value <= high)) return;
      issues.error(path, `${value} is out of bounds; it must be from ${low} to ${high}`);
    },
    duration(path: string, value: Duration | undefined, low: string, high: string) {
      if (!value) return;
      const [least, most] = [low, high].map((bound) => durationMilliseconds(parseDuration(bound)!)) as [
        number,
        number,
      ];
      const milliseconds = durationMilliseconds(value);
      if (milliseconds >= least && milliseconds <= most) return;
      issues.error(path, `${formatDuration(value)} is out of bounds; it must be from ${low} to ${high}`);
    },
    /** Messages that came as bytes may hold numbers that are no words of an enum. */
    word(path: string, description: DescEnum, value: number) {
      if (description.value[value] === undefined)
        issues.error(path, `${value} stands for none of the words for this`);
    },
    length(path: string, text: string | undefined, most: number) {
      if (text && text.length > most)
        issues.error(path, `has ${text.length} characters; at most ${most} are allowed`);
    },
  };
}

function checkRequire(require: Require, path: string, check: Checks, issues: IssueList): void {
  for (const [index, capability] of require.capabilities.entries()) {
    check.word(`${path}.capabilities[${index}]`, CapabilitySchema, capability);
    if (capability === 0) issues.error(`${path}.capabilities[${index}]`, "name the capability");
  }
  for (const [index, region] of require.regions.entries()) check.region(`${path}.regions[${index}]`, region);
  for (const [index, tag] of require.tags.entries()) check.tag(`${path}.tags[${index}]`, tag);
  check.range(`${path}.max_price.input`, require.maxPrice?.input, 0, maximumDollars);
  check.range(`${path}.max_price.output`, require.maxPrice?.output, 0, maximumDollars);
  check.range(`${path}.min_success_probability`, require.minSuccessProbability, 0, 1);
  check.duration(`${path}.max_latency`, require.maxLatency, "1ms", longestTimeout);
  const {
    capabilities,
    regions,
    noRetention,
    maxPrice,
    minSuccessProbability,
    maxCostMicros,
    maxLatency,
    tags,
  } = require;
  const demands =
    capabilities.length + regions.length + tags.length > 0 || noRetention || maxLatency !== undefined;
  const limits = [maxPrice?.input, maxPrice?.output, minSuccessProbability, maxCostMicros].some(
    (value) => value !== undefined,
  );
  if (!demands && !limits) issues.error(path, "this requires nothing; say what a target must have");
}

function checkOnly(only: Only, path: string, check: Checks, issues: IssueList): void {
  for (const [index, target] of only.targets.entries()) check.target(`${path}.targets[${index}]`, target);
  for (const [index, tag] of only.tags.entries()) check.tag(`${path}.tags[${index}]`, tag);
  if (only.targets.length + only.tags.length === 0)
    issues.error(path, 'this allows nothing; name "targets" or "tags"');
}

function checkStakes(stakes: Stakes, path: string, check: Checks): void {
  check.range(`${path}.success_value`, stakes.successValue, 0, maximumDollars);
  check.range(`${path}.failure_cost`, stakes.failureCost, 0, maximumDollars);
  check.range(`${path}.latency_cost`, stakes.latencyCost, 0, maximumDollars);
  check.range(`${path}.no_answer_value`, stakes.noAnswerValue, -maximumDollars, maximumDollars);
}

function checkAttempts(attempts: Attempts, path: string, check: Checks, issues: IssueList): void {
  check.range(`${path}.max`, attempts.max, 1, 10);
  check.duration(`${path}.per_try_timeout`, attempts.perTryTimeout, "1ms", longestTimeout);
  check.duration(`${path}.total_timeout`, attempts.totalTimeout, "1ms", longestTimeout);
  check.word(`${path}.on_interrupt`, Attempts_OnInterruptSchema, attempts.onInterrupt);
  check.range(`${path}.deadline_share`, attempts.deadlineShare, Number.MIN_VALUE, 1);
  check.duration(`${path}.hedge.after`, attempts.hedge?.after, "1ms", longestTimeout);
  check.range(`${path}.hedge.max_share`, attempts.hedge?.maxShare, 0, 1);
  const { perTryTimeout, totalTimeout } = attempts;
  if (
    perTryTimeout &&
    totalTimeout &&
    durationMilliseconds(perTryTimeout) > durationMilliseconds(totalTimeout)
  ) {
    issues.warn(
      `${path}.per_try_timeout`,
      "an attempt may take longer than all attempts together, so this never counts",
    );
  }
}

function checkExperiment(experiment: Experiment, path: string, check: Checks, issues: IssueList): void {
  if (experiment.id === "") issues.error(path, "give the experiment an id");
  check.length(`${path}.id`, experiment.id, 64);
  const { arms, key } = experiment;
  if (arms.length < 2 || arms.length > 16)
    issues.error(`${path}.arms`, `has ${arms.length} arms; from 2 to 16 are needed`);
  if (!isExperimentKey(key))
    issues.error(`${path}.key`, `"${key}" cannot split traffic; known: ${experimentKeys.join(", ")}`);
  const names = new Set<string>();
  for (const [index, arm] of arms.entries()) {
    const armPath = `${path}.arms[${index}]`;
    if (arm.name === "") issues.error(armPath, "give the arm a name");
    if (names.has(arm.name)) issues.error(`${armPath}.name`, `there are two arms named "${arm.name}"`);
    names.add(arm.name);
    check.length(`${armPath}.name`, arm.name, 64);
    check.range(`${armPath}.weight`, arm.weight, 0, maximumDollars);
    if (arm.only) checkOnly(arm.only, `${armPath}.only`, check, issues);
  }
  if (arms.length > 0 && !(arms.reduce((sum, { weight }) => sum + weight, 0) > 0)) {
    issues.error(`${path}.arms`, "no arm has any weight, so traffic cannot be split");
  }
}

function checkNames(names: readonly string[], path: string, issues: IssueList): void {
  for (const [index, name] of names.entries()) {
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
      issues.error(
        `${path}[${index}]`,
        `"${name}" can be no tool: names are 1 to 64 letters, digits, "_" and "-"`,
      );
    }
  }
}
