import type { ReplayRecordsRequest, ReplayRecordsResponse } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { Outcome } from "#gen/pointsman/v1/entry_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type {
  Contribution,
  ReportOutcomeRequest,
  SimulatePolicyRequest,
  SimulatePolicyResponse,
} from "#gen/pointsman/v1/route_service_pb.ts";
import type { TargetStatus } from "#gen/pointsman/v1/target_pb.ts";
import { explainClassification } from "../classify/explain.ts";
import type { Scope } from "../ledger/ledger.ts";
import type { Send } from "../lib/sending.ts";
import type { EngineParts, RouteCall, RouteEvent } from "./engine-parts.ts";
import { EngineError } from "./errors.ts";
import { explainDecision } from "./explain.ts";
import { decideRequest } from "./journey.ts";
import { reportOutcome } from "./outcomes.ts";
import { refusePrivateIds } from "./private-ids.ts";
import { replayRecords } from "./replay.ts";
import type { Answer } from "./request-flights.ts";
import { openScope } from "./request-scope.ts";
import { routeOnce } from "./route.ts";
import { routeRepeatable } from "./route-repeatable.ts";
import { simulate } from "./simulate.ts";
import { listTargets } from "./targets.ts";

/** What Explain says. */
export interface Explanation {
  readonly decision: Decision;
  readonly sentences: string[];
  readonly contributions: Contribution[];
}

/** The engine: decides, calls, records, and answers for it. */
export interface Engine {
  /** Answers whole. @throws EngineError where there is no answer. */
  route(call: RouteCall): Promise<Answer>;
  /** Sends the answer event by event, ending with exactly one `finished`. @throws EngineError before `decided` only. */
  stream(call: RouteCall, send: Send<RouteEvent>): Promise<Answer>;
  /** Decides only. */
  explain(call: RouteCall): Promise<Explanation>;
  simulate(request: SimulatePolicyRequest, caller: Caller): SimulatePolicyResponse;
  reportOutcome(request: ReportOutcomeRequest, caller: Caller, signal: AbortSignal): Promise<Outcome>;
  listTargets(): TargetStatus[];
  replay(
    request: ReplayRecordsRequest,
    scope: Scope,
    signal: AbortSignal,
  ): AsyncGenerator<ReplayRecordsResponse, void, undefined>;
}

/** Makes the engine. */
export function createEngine(parts: EngineParts): Engine {
  const answer = async (call: RouteCall, send: Send<RouteEvent> | undefined): Promise<Answer> => {
    refusePrivateIds(parts.guard, call);
    return call.requestId === "" ? routeOnce(parts, call, send) : routeRepeatable(parts, call, send);
  };
  return {
    stream: answer,
    async route(call) {
      const answered = await answer(call, undefined);
      throwIfFailed(answered);
      return answered;
    },
    async explain(call) {
      refusePrivateIds(parts.guard, call);
      const lease = parts.worlds.lease();
      const scope = openScope(call.signal, call.timeoutMs, parts.clock);
      try {
        const { decision, classification } = await decideRequest(parts, call, lease, scope.signal, false);
        const sentences = [...explainClassification(classification), ...explainDecision(decision)];
        return { decision, sentences, contributions: [...classification.contributions()] };
      } finally {
        scope.close();
        lease.release();
      }
    },
    simulate: (request, caller) => simulate(parts, request, caller),
    reportOutcome: (request, caller, signal) => reportOutcome(parts, request, caller, signal),
    listTargets: () => listTargets(parts),
    replay: (request, scope, signal) => replayRecords(parts, parts.documents, request, scope, signal),
  };
}

/** A unary call says by its status what a stream says by its last event. */
function throwIfFailed({ decision, completion }: Answer): void {
  if (completion.state !== CompletionState.FAILED && completion.state !== CompletionState.CANCELLED) return;
  const name = completion.errorReason.replace(/^ERROR_REASON_/, "") as keyof typeof ErrorReason;
  throw new EngineError(
    ErrorReason[name] ?? ErrorReason.INTERNAL,
    completion.message || "The request failed.",
    {
      metadata: {
        decision_id: decision.id,
        attempts: String(completion.attemptCount),
        ...(completion.targetId && { target_id: completion.targetId }),
      },
    },
  );
}
