import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { type PolicyIssue, PolicyIssue_Severity } from "#gen/pointsman/v1/route_service_pb.ts";
import {
  type Capability,
  CapabilitySchema,
  PriceSchema,
  type Target,
  TargetPriorSchema,
  TargetSchema,
} from "#gen/pointsman/v1/target_pb.ts";
import { besideConfig, ConfigError, type LoadedConfig } from "./config.ts";
import type { TargetConfig } from "./config-schema.ts";
import { createCatalogue } from "./engine/catalogue.ts";
import type { World } from "./engine/world.ts";
import { toDuration } from "./lib/durations.ts";
import { enumFromWord } from "./lib/enums.ts";
import { createEmptyPolicy, loadPolicy } from "./policy/compile-policy.ts";
import type { FailureListener } from "./policy/evaluate.ts";
import type { CompiledPolicy } from "./policy/evaluation.ts";
import type { PolicyWorld } from "./policy/world.ts";
import { allKinds } from "./privacy/kinds.ts";
import type { Provider } from "./provider/provider.ts";

/** Effects that this build carries out; a policy that wants another does not load. */
export const EFFECTS: ReadonlySet<string> = new Set([
  "deny",
  "refuse",
  "require",
  "prefer",
  "only",
  "redact",
  "retrieve",
  "cache",
  "stakes",
  "attempts",
  "experiment",
  "shadow",
  "log",
  "explore",
  "strip_tools",
  "classify",
]);

/** A world, and what is doubtful about its policy. */
export interface BuiltWorld {
  readonly world: World;
  readonly warnings: readonly PolicyIssue[];
}

/**
 * Makes the world of a configuration: targets, their providers, and the policy compiled against them.
 * @param onConditionFailure told of the first request of every rule on which its condition has no value.
 * @throws ConfigError with every mistake of the policy.
 */
export function buildWorld(
  loaded: LoadedConfig,
  collections: readonly string[],
  providerOf: (target: TargetConfig) => Provider,
  onConditionFailure?: FailureListener,
): BuiltWorld {
  const catalogue = createCatalogue(loaded.config.targets.map(toTarget));
  if (catalogue.byId.size < loaded.config.targets.length) throw twice(loaded);
  const policyWorld: PolicyWorld = {
    targets: catalogue.targets,
    collections,
    effects: EFFECTS,
    kinds: ["pii", "secrets", "all", ...allKinds],
  };
  const { policy, warnings } = readPolicy(loaded, policyWorld, onConditionFailure);
  const providers = new Map(loaded.config.targets.map((target) => [target.id, providerOf(target)]));
  return { world: Object.freeze({ policy, policyWorld, catalogue, providers }), warnings };
}

function readPolicy(
  loaded: LoadedConfig,
  world: PolicyWorld,
  onConditionFailure: FailureListener | undefined,
): { policy: CompiledPolicy; warnings: readonly PolicyIssue[] } {
  if (loaded.config.policy === undefined) return { policy: createEmptyPolicy(), warnings: [] };
  const file = besideConfig(loaded, loaded.config.policy);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ConfigError(loaded.file, [{ path: "policy", line: 0, message: `${file} cannot be read` }]);
  }
  const { policy, issues } = loadPolicy(text, world, onConditionFailure);
  if (!policy) {
    const errors = issues.filter(({ severity }) => severity === PolicyIssue_Severity.ERROR);
    throw new ConfigError(
      file,
      errors.map(({ path, line, message }) => ({ path, line, message })),
    );
  }
  return { policy, warnings: issues };
}

/** The contract's view of a configured target: everything but how it is reached. */
export function toTarget(target: TargetConfig): Target {
  const { price, prior } = target;
  const message = create(TargetSchema, {
    id: target.id,
    provider: target.provider,
    model: target.model ?? "",
    contextWindow: target.context_window,
    maxOutputTokens: target.max_output_tokens,
    capabilities: target.capabilities.map(
      (word) => (enumFromWord(CapabilitySchema, word) ?? 0) as Capability,
    ),
    region: target.region,
    tags: target.tags,
    noRetention: target.no_retention,
    price: create(PriceSchema, {
      input: price.input,
      output: price.output,
      ...(price.cached_input !== undefined && { cachedInput: price.cached_input }),
      ...(price.cache_write !== undefined && { cacheWrite: price.cache_write }),
    }),
    prior: create(TargetPriorSchema, {
      taskStrengths: prior.task_strengths,
      ...(prior.strength !== undefined && { strength: prior.strength }),
      ...(prior.tokens_per_second !== undefined && { tokensPerSecond: prior.tokens_per_second }),
    }),
  });
  if (prior.time_to_first_token_ms !== undefined && message.prior) {
    message.prior.timeToFirstToken = toDuration(prior.time_to_first_token_ms);
  }
  return message;
}

function twice({ file, config }: LoadedConfig): ConfigError {
  const seen = new Set<string>();
  const issues = config.targets.flatMap(({ id }, index) => {
    const issue = { path: `targets[${index}].id`, line: 0, message: `the id "${id}" is used twice` };
    return seen.size === seen.add(id).size ? [issue] : [];
  });
  return new ConfigError(file, issues);
}
