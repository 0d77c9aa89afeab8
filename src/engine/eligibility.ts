import { create } from "@bufbuild/protobuf";
import { type Exclusion, ExclusionReason, ExclusionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { type Facts, Modality } from "#gen/pointsman/v1/facts_pb.ts";
import type { Only, Require } from "#gen/pointsman/v1/policy_pb.ts";
import { Capability, CapabilitySchema, type Target } from "#gen/pointsman/v1/target_pb.ts";
import { enumWord } from "../lib/enums.ts";
import type { Evaluation } from "../policy/evaluation.ts";

/**
 * Says why a target may not serve, looking only at what it is: rules first, then what the request needs. What depends on
 * estimates is checked where the estimates are made.
 */
export function findExclusion(
  target: Target,
  facts: Facts,
  evaluation: Evaluation,
  needs: readonly Capability[],
): Exclusion | undefined {
  for (const { ruleId, only } of evaluation.allowances) {
    if (!isAllowed(target, only)) {
      return exclude(
        target,
        ExclusionReason.NOT_ALLOWED,
        `rule ${ruleId} allows only ${describe(only)}`,
        ruleId,
      );
    }
  }
  for (const { ruleId, require } of evaluation.requirements) {
    const exclusion = checkRequire(target, require, ruleId);
    if (exclusion) return exclusion;
  }
  for (const capability of needs) {
    if (!target.capabilities.includes(capability)) {
      return exclude(target, ExclusionReason.CAPABILITY, `the request needs ${capabilityName(capability)}`);
    }
  }
  const region = facts.hints?.region;
  if (region && target.region !== region) {
    return exclude(
      target,
      ExclusionReason.REGION,
      `it is in ${target.region || "no known region"}, the request wants ${region}`,
    );
  }
  const tokens = facts.inputTokens + facts.predictedOutputTokens;
  if (target.contextWindow > 0 && tokens > target.contextWindow) {
    return exclude(
      target,
      ExclusionReason.CONTEXT_WINDOW,
      `about ${tokens} tokens do not fit a window of ${target.contextWindow}`,
    );
  }
  if (target.maxOutputTokens > 0 && facts.maxOutputTokens > target.maxOutputTokens) {
    return exclude(
      target,
      ExclusionReason.CONTEXT_WINDOW,
      `up to ${facts.maxOutputTokens} output tokens are wanted, it gives at most ${target.maxOutputTokens}`,
    );
  }
  return undefined;
}

/** What a target must be able to do to serve these facts. Stripping all tools removes the need for them. */
export function neededCapabilities(facts: Facts, evaluation: Evaluation): Capability[] {
  const needs: Capability[] = [];
  const strip = evaluation.plan.stripTools;
  const toolsGone = strip !== undefined && strip.names.length === 0;
  if (facts.toolCount > 0 && !toolsGone) needs.push(Capability.TOOLS);
  if (facts.modalities.includes(Modality.IMAGE)) needs.push(Capability.IMAGES);
  if (facts.modalities.includes(Modality.AUDIO)) needs.push(Capability.AUDIO);
  if (facts.modalities.includes(Modality.DOCUMENT)) needs.push(Capability.DOCUMENTS);
  if (facts.jsonOutput) needs.push(Capability.JSON_SCHEMA);
  return needs;
}

/** Makes an exclusion. */
export function exclude(target: Target, reason: ExclusionReason, message: string, ruleId = ""): Exclusion {
  return create(ExclusionSchema, { targetId: target.id, reason, message, ruleId });
}

function isAllowed(target: Target, only: Only): boolean {
  return only.targets.includes(target.id) || only.tags.some((tag) => target.tags.includes(tag));
}

function describe(only: Only): string {
  return [...only.targets, ...only.tags.map((tag) => `tag ${tag}`)].join(", ") || "nothing";
}

function checkRequire(target: Target, require: Require, ruleId: string): Exclusion | undefined {
  const missing = require.capabilities.find((capability) => !target.capabilities.includes(capability));
  if (missing !== undefined) {
    return exclude(
      target,
      ExclusionReason.CAPABILITY,
      `rule ${ruleId} requires ${capabilityName(missing)}`,
      ruleId,
    );
  }
  const tag = require.tags.find((name) => !target.tags.includes(name));
  if (tag !== undefined)
    return exclude(target, ExclusionReason.TAG, `rule ${ruleId} requires tag ${tag}`, ruleId);
  if (require.regions.length > 0 && !require.regions.includes(target.region)) {
    const where = target.region || "no known region";
    return exclude(
      target,
      ExclusionReason.REGION,
      `it is in ${where}, rule ${ruleId} requires ${require.regions.join(" or ")}`,
      ruleId,
    );
  }
  if (require.noRetention && !target.noRetention) {
    return exclude(
      target,
      ExclusionReason.RETENTION,
      `its provider keeps what is sent, rule ${ruleId} forbids that`,
      ruleId,
    );
  }
  const { input, output } = require.maxPrice ?? {};
  const price = target.price;
  if (price && input !== undefined && price.input > input) {
    return exclude(
      target,
      ExclusionReason.PRICE,
      `input costs $${price.input} per million tokens, rule ${ruleId} allows $${input}`,
      ruleId,
    );
  }
  if (price && output !== undefined && price.output > output) {
    return exclude(
      target,
      ExclusionReason.PRICE,
      `output costs $${price.output} per million tokens, rule ${ruleId} allows $${output}`,
      ruleId,
    );
  }
  return undefined;
}

function capabilityName(capability: Capability): string {
  return enumWord(CapabilitySchema, capability);
}
