import type { Duration } from "@bufbuild/protobuf/wkt";
import type { Plan } from "#gen/pointsman/v1/decision_pb.ts";
import {
  type Attempts,
  Attempts_OnInterrupt,
  type Cache,
  type Classify,
  type Explore,
  type Hedge,
  type Log,
  LogLevel,
  type Redact,
  Redact_Action,
  type Retrieve,
  type Rule,
  type Shadow,
  type Stakes,
  type StripTools,
} from "#gen/pointsman/v1/policy_pb.ts";

/** The settings that rules leave behind, and whose experiment is in force. */
export interface SettingsMerger {
  /** Applies the settings of a rule over those of earlier ones. */
  apply(rule: Rule): void;
  /** The plan, every default filled in, made of nothing but new objects. The experiment's arm is not in it. */
  plan(): Plan;
  /** The last rule that holds an experiment. */
  experimentRule(): Rule | undefined;
}

/**
 * Merges settings field by field: what a later rule sets wins. Redaction merges per kind. Tools that any rule takes away
 * stay away. Caching for no time, shadowing and exploring no share mean: not.
 */
export function createSettingsMerger(): SettingsMerger {
  let stakes: Stakes | undefined;
  let attempts: Attempts | undefined;
  let retrieve: Retrieve | undefined;
  let cache: Cache | undefined;
  let log: LogLevel = LogLevel.UNSPECIFIED;
  let shadow: Shadow | undefined;
  let explore: Explore | undefined;
  let classify: Classify | undefined;
  let stripped: Set<string> | "all" | undefined;
  let experiment: Rule | undefined;
  let redactions: Map<string, Redact> | undefined;

  return {
    apply(rule) {
      if (rule.stakes) stakes = overlay(stakes, rule.stakes);
      if (rule.attempts) {
        const interrupt =
          rule.attempts.onInterrupt || (attempts?.onInterrupt ?? Attempts_OnInterrupt.UNSPECIFIED);
        attempts = { ...overlay(attempts, rule.attempts), onInterrupt: interrupt };
      }
      if (rule.retrieve) retrieve = { ...rule.retrieve, k: rule.retrieve.k || (retrieve?.k ?? 0) };
      if (rule.cache) cache = overlay(cache, rule.cache);
      if (rule.log) log = rule.log.level || log;
      if (rule.shadow) shadow = overlay(shadow, rule.shadow);
      if (rule.explore) explore = overlay(explore, rule.explore);
      if (rule.classify) classify = overlay(classify, rule.classify);
      if (rule.stripTools) stripped = addStripped(stripped, rule.stripTools);
      if (rule.experiment) experiment = rule;
      if (rule.redact.length > 0) redactions = addRedactions(redactions ?? new Map(), rule.redact);
    },
    experimentRule: () => experiment,
    plan() {
      const plan: Plan = {
        $typeName: "pointsman.v1.Plan",
        stakes: fillStakes(stakes),
        attempts: fillAttempts(attempts),
        redact: redactions
          ? [...redactions.values()].map((redact) => ({ ...redact, kinds: [...redact.kinds] }))
          : [],
        log: fillLog(log),
      };
      if (retrieve) plan.retrieve = { ...retrieve, k: retrieve.k || 4 };
      if (cache?.ttl && isLong(cache.ttl)) plan.cache = fillCache(cache, cache.ttl);
      if (shadow && shadow.share > 0)
        plan.shadow = { ...shadow, maxDollarsPerDay: shadow.maxDollarsPerDay ?? 1 };
      if (explore && explore.share > 0) {
        plan.explore = {
          ...explore,
          maxExtraCost: explore.maxExtraCost ?? 0.001,
          minSamples: explore.minSamples ?? 50,
        };
      }
      if (classify) plan.classify = fillClassify(classify);
      if (stripped) {
        plan.stripTools = {
          $typeName: "pointsman.v1.StripTools",
          names: stripped === "all" ? [] : [...stripped].sort(),
        };
      }
      return plan;
    },
  };
}

/** Every field that the later message sets, over the earlier one. Fields that are not set are undefined or missing. */
function overlay<T extends object>(earlier: T | undefined, later: T): T {
  if (!earlier) return later;
  const merged = { ...earlier };
  for (const key of Object.keys(later) as (keyof T)[]) {
    if (later[key] !== undefined) merged[key] = later[key];
  }
  return merged;
}

function addStripped(stripped: Set<string> | "all" | undefined, { names }: StripTools): Set<string> | "all" {
  if (names.length === 0 || stripped === "all") return "all";
  return new Set([...(stripped ?? []), ...names]);
}

/** One entry a name, field by field as all settings. What a group and a kind in it say together is settled by the search. */
function addRedactions(redactions: Map<string, Redact>, added: readonly Redact[]): Map<string, Redact> {
  for (const { kinds, action, critical } of added) {
    for (const kind of kinds) {
      const earlier = redactions.get(kind);
      redactions.set(kind, {
        $typeName: "pointsman.v1.Redact",
        kinds: [kind],
        action: action || earlier?.action || Redact_Action.TOKENISE,
        critical: critical || (earlier?.critical ?? false),
      });
    }
  }
  return redactions;
}

function fillStakes(stakes: Stakes | undefined): Stakes {
  return {
    $typeName: "pointsman.v1.Stakes",
    successValue: stakes?.successValue ?? 0.01,
    failureCost: stakes?.failureCost ?? 0.005,
    latencyCost: stakes?.latencyCost ?? 0.0001,
    // Without a worth of not answering, no value is too low: nobody is refused by a rule that nobody wrote.
    ...(stakes?.noAnswerValue !== undefined && { noAnswerValue: stakes.noAnswerValue }),
  };
}

function fillAttempts(attempts: Attempts | undefined): Attempts {
  const filled: Attempts = {
    $typeName: "pointsman.v1.Attempts",
    max: attempts?.max ?? 3,
    perTryTimeout: copyDuration(attempts?.perTryTimeout, 30),
    totalTimeout: copyDuration(attempts?.totalTimeout, 120),
    deadlineShare: attempts?.deadlineShare ?? 1,
    onInterrupt: attempts?.onInterrupt || Attempts_OnInterrupt.FAIL,
  };
  if (attempts?.hedge) filled.hedge = fillHedge(attempts.hedge);
  return filled;
}

function fillHedge({ after, maxShare }: Hedge): Hedge {
  const filled: Hedge = { $typeName: "pointsman.v1.Hedge", maxShare: maxShare ?? 0.05 };
  if (after) filled.after = copyDuration(after, 0);
  return filled;
}

function fillCache(cache: Cache, ttl: Duration): Cache {
  return {
    $typeName: "pointsman.v1.Cache",
    ttl: copyDuration(ttl, 0),
    maxBytes: cache.maxBytes ?? 256 * 1024,
  };
}

function fillLog(level: LogLevel): Log {
  return { $typeName: "pointsman.v1.Log", level: level || LogLevel.NONE };
}

function fillClassify({ target, belowConfidence, timeout }: Classify): Classify {
  return {
    $typeName: "pointsman.v1.Classify",
    target,
    belowConfidence: belowConfidence ?? 0.5,
    timeout: copyDuration(timeout, 1),
  };
}

function copyDuration(duration: Duration | undefined, defaultSeconds: number): Duration {
  return {
    $typeName: "google.protobuf.Duration",
    seconds: duration?.seconds ?? BigInt(defaultSeconds),
    nanos: duration?.nanos ?? 0,
  };
}

function isLong({ seconds, nanos }: Duration): boolean {
  return seconds > 0n || nanos > 0;
}
