import type { Attempt } from "#gen/pointsman/v1/attempt_pb.ts";
import { type Decision, ExclusionReason, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { type RouteInput, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Scorecard } from "#gen/pointsman/v1/scorecard_pb.ts";
import type { Classification } from "../classify/classifier.ts";
import { sha256, stableFraction } from "../lib/digest.ts";
import { compileSerializer } from "../lib/serialize.ts";
import { decide } from "./decide.ts";
import type { EngineParts, RouteCall } from "./engine-parts.ts";
import { EngineError } from "./errors.ts";
import { buildFacts } from "./facts.ts";
import type { Inspection } from "./guard.ts";
import { refineTask } from "./refine-task.ts";
import type { WorldLease } from "./world.ts";

/** A request that has been decided. */
export interface Journey {
  readonly decision: Decision;
  /** The world in which it was decided; held by the request. */
  readonly lease: WorldLease;
  readonly inspection: Inspection;
  /** What was known of the targets. */
  readonly scorecard: Scorecard;
  readonly classification: Classification;
  /** The call by which a target was asked what the task is; undefined where none was. */
  readonly asked: Attempt | undefined;
}

/**
 * Classifies, looks for what must be protected, and decides.
 * @param mayAsk whether a target may be asked what the task is, where policy wants that.
 */
export async function decideRequest(
  parts: EngineParts,
  call: RouteCall,
  lease: WorldLease,
  signal: AbortSignal,
  mayAsk: boolean,
): Promise<Journey> {
  const { input, caller } = call;
  const { world } = lease;
  // Taken before anything waits: a reload in between changes world and scorecard together.
  const scorecard = parts.scorecard.current();
  const adjustmentsOf = parts.scorecard.successAdjustments();
  await parts.admission.ready(caller, signal);
  const id = parts.makeId();
  const inspection = parts.guard.inspect(input);
  const classification = parts.classifier.classify(input);
  const facts = buildFacts({
    caller,
    input,
    classification,
    sensitivity: inspection.sensitivity,
    budget: parts.admission.budgetFor(caller),
    unavailableTargetIds: parts.breakers.unavailable(),
    warmPrefix: parts.warmPrefixes.find(caller.tenant, input.conversationId),
    draw: stableFraction(id),
    streaming: call.streaming,
    scorecard,
    successAdjustments: adjustmentsOf(classification.promptFeatures),
  });
  // Facts are recorded at every level, so nothing private in a label may get into them.
  for (const [name, value] of Object.entries(input.labels))
    facts.labels = { ...facts.labels, [name]: parts.guard.scrubLabel(value, name) };
  const stamp = { id, createTime: parts.clock.now(), requestId: call.requestId };
  const decision = decide(facts, world.policy, world.catalogue, scorecard, stamp);
  const refined = mayAsk
    ? await refineTask(parts, decision, { input, inspection, world, scorecard, signal })
    : undefined;
  return {
    decision: refined?.facts
      ? decide(refined.facts, world.policy, world.catalogue, scorecard, stamp)
      : decision,
    lease,
    inspection,
    scorecard,
    classification,
    asked: refined?.attempt,
  };
}

/** The digest that says whether two requests are the same. */
export function digestInput(input: RouteInput): Uint8Array {
  return sha256(inputBytes(input));
}

const inputBytes = compileSerializer(RouteInputSchema);

/** Why a decided request gets no answer at all; undefined where it gets one. */
export function whyNoAnswer(
  decision: Decision,
  retryAfterMs: (targetId: string) => number,
): EngineError | undefined {
  const metadata = { decision_id: decision.id };
  if (decision.verdict === Verdict.DENY) {
    return new EngineError(ErrorReason.POLICY_DENIED, decision.message, {
      metadata: { ...metadata, rule_id: decision.ruleId, policy_revision: decision.policyRevision },
    });
  }
  if (decision.verdict !== Verdict.NO_TARGET) return undefined;
  const resting = decision.exclusions.filter(({ reason }) => reason === ExclusionReason.BREAKER_OPEN);
  if (resting.length > 0) {
    const wait = Math.min(...resting.map(({ targetId }) => retryAfterMs(targetId)));
    return new EngineError(
      ErrorReason.TARGETS_UNAVAILABLE,
      "Every eligible target is unavailable now. Retry later.",
      {
        metadata,
        retryAfterMs: Math.max(100, wait),
      },
    );
  }
  const spent = decision.exclusions.filter(({ reason }) => reason === ExclusionReason.BUDGET);
  if (spent.length > 0 && spent.length === decision.exclusions.length) {
    return new EngineError(ErrorReason.BUDGET_EXHAUSTED, "What is left of the budget pays for no target.", {
      metadata: {
        ...metadata,
        remaining_micros: String(Math.floor((decision.facts?.budget?.remaining ?? 0) * 1e6)),
      },
      quotas: [{ subject: "budget", description: spent[0]?.message ?? "" }],
      retryAfterMs: 60_000,
    });
  }
  const counts: Record<string, string> = {};
  for (const { reason } of decision.exclusions) {
    const name = reasonName(reason);
    counts[name] = String(Number(counts[name] ?? 0) + 1);
  }
  return new EngineError(
    ErrorReason.NO_ELIGIBLE_TARGET,
    `${decision.message} ${decision.exclusions.map(({ targetId, message }) => `${targetId}: ${message}`).join("; ")}.`,
    { metadata: { ...counts, ...metadata } },
  );
}

function reasonName(reason: ExclusionReason): string {
  return Object.entries(ExclusionReason).find(([, value]) => value === reason)?.[0] ?? "UNKNOWN";
}
