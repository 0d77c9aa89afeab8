import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { type Outcome, OutcomeSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type { Record } from "#gen/pointsman/v1/record_pb.ts";
import type { ReportOutcomeRequest } from "#gen/pointsman/v1/route_service_pb.ts";
import type { EngineParts } from "./engine-parts.ts";
import { EngineError } from "./errors.ts";

/**
 * Records what became of an answer, and lets the scorecard learn from it.
 * @throws EngineError RECORD_NOT_FOUND where the caller's tenant has no such decision.
 */
export async function reportOutcome(
  parts: EngineParts,
  request: ReportOutcomeRequest,
  caller: Caller,
  signal: AbortSignal,
): Promise<Outcome> {
  const scope = { tenants: [caller.tenant] };
  const record = await parts.ledger.reader.getRecord(request.decisionId, scope, signal);
  if (!record) throw recordNotFound(request.decisionId);
  const now = parts.clock.now();
  const outcome = create(OutcomeSchema, {
    decisionId: request.decisionId,
    reporter: request.reporter || caller.app || caller.keyId || "caller",
    success: request.success,
    comment: parts.guard.scrub(request.comment),
    caller,
    createTime: timestampFromMs(now),
  });
  if (request.score !== undefined) outcome.score = request.score;
  const repeated = record.outcomes.some(
    (known) =>
      known.reporter === outcome.reporter &&
      known.success === outcome.success &&
      known.score === outcome.score,
  );
  const { decisionId } = outcome;
  await parts.ledger.append({
    decisionId,
    tenant: caller.tenant,
    event: { case: "outcome", value: outcome },
  });
  // The same report once more is the same evidence, not more of it.
  if (!repeated) learnFromOutcome(parts, record, outcome, now);
  return outcome;
}

/** Lets the scorecard learn; an answer that no target gave teaches nothing. */
export function learnFromOutcome(parts: EngineParts, record: Record, outcome: Outcome, time: number): void {
  const { decision, completion } = record;
  const facts = decision?.facts;
  if (!facts || !completion?.targetId || completion.state === CompletionState.REFUSED) return;
  parts.scorecard.observeOutcome({
    targetId: completion.targetId,
    task: facts.task,
    difficulty: facts.difficulty,
    success: outcome.score ?? outcome.success,
    time,
  });
}

/** There is no such record, or the caller may not see it: the two look the same from outside. */
export function recordNotFound(decisionId: string): EngineError {
  return new EngineError(ErrorReason.RECORD_NOT_FOUND, "There is no such record, or you may not see it.", {
    resource: { type: "pointsman.v1.Record", name: decisionId },
  });
}
