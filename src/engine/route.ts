import { type Completion, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { type Decision, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import type { Send } from "../lib/sending.ts";
import { openCachePlace } from "./cached-answer.ts";
import { callTargets, type Ending } from "./call-targets.ts";
import { abandonedCompletion, completionOf, failedCompletion, refusedCompletion } from "./completions.ts";
import type { EngineParts, RouteCall, RouteEvent } from "./engine-parts.ts";
import { EngineError } from "./errors.ts";
import { decidedEvent, finishedEvent, partEvents } from "./events.ts";
import type { Protected } from "./guard.ts";
import { decideRequest, digestInput, type Journey, whyNoAnswer } from "./journey.ts";
import { prepareInput } from "./prepare-input.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import type { Answer } from "./request-flights.ts";
import { openScope, type RequestScope } from "./request-scope.ts";
import { askShadow } from "./shadow.ts";
import { openSpending, type Spending } from "./spending.ts";

/** A decided request on its way to an answer. */
interface Passage {
  readonly parts: EngineParts;
  readonly call: RouteCall;
  /** Takes the events of the answer; undefined where nobody reads them. */
  readonly send: Send<RouteEvent> | undefined;
  readonly scope: RequestScope;
  readonly journey: Journey;
  readonly recorder: Recorder;
  readonly spending: Spending;
  /** Resolves when the decision is as durable as configured. */
  readonly durable: Promise<void>;
  /** When the request arrived, on the monotonic clock. */
  readonly arrival: number;
  /** Whether the end is on its way to the record, and what the attempts used that were made on the way there. */
  readonly ending: Ending;
}

/**
 * The spine: classify and decide, reserve, record, protect, call, record, settle, answer. Sends the events of the
 * answer to whoever reads them, and returns the whole of it.
 * @throws EngineError for all that fails before `decided`; afterwards the events tell.
 */
export async function routeOnce(
  parts: EngineParts,
  call: RouteCall,
  send: Send<RouteEvent> | undefined,
): Promise<Answer> {
  const arrival = parts.clock.monotonic();
  const lease = parts.worlds.lease();
  const scope = openScope(call.signal, call.timeoutMs, parts.clock);
  try {
    const journey = await decideRequest(parts, call, lease, scope.signal, true);
    const spending = await openSpending(parts, call, journey, scope.signal);
    try {
      const recorder = createRecorder(parts.ledger, parts.guard, parts.makeId);
      const durable = recorder.decided(journey.decision, call.input, digestInput(call.input));
      durable.catch(() => undefined);
      parts.documents.keep(journey.decision, lease.world, journey.scorecard);
      parts.announce.decided(journey.decision);
      if (journey.asked) {
        recorder.attempted(journey.decision, journey.asked);
        parts.announce.attempted(journey.decision, journey.asked);
      }
      const ending: Ending = { recorded: false, totals: undefined };
      const passage = { parts, call, send, scope, journey, recorder, spending, durable, arrival, ending };
      let failure: unknown;
      try {
        return await answer(passage);
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        if (!ending.recorded) await abandon(passage, failure);
      }
    } finally {
      spending.close();
    }
  } finally {
    scope.close();
    lease.release();
  }
}

async function answer(passage: Passage): Promise<Answer> {
  const { parts, send, journey, durable } = passage;
  const { decision } = journey;
  const failure = whyNoAnswer(decision, (id) => parts.breakers.retryAfterMs(id));
  if (failure) return await refuseWith(passage, failure);
  if (decision.verdict === Verdict.REFUSE) {
    await durable;
    await send?.(decidedEvent(decision));
    return await give(passage, refusedCompletion(decision, elapsed(passage)));
  }
  return await answerByTarget(passage, await protect(passage));
}

async function answerByTarget(passage: Passage, guarded: Protected): Promise<Answer> {
  const { parts, call, send, scope, journey, durable } = passage;
  const { decision } = journey;
  const cached = await openCachePlace(parts, call, decision, guarded, scope.signal);
  try {
    if (cached?.hit) {
      await durable;
      if (send) {
        await send(decidedEvent(decision));
        for (const event of partEvents(cached.hit.parts)) await send(event);
      }
      return await give(passage, completionOf(cached.hit, elapsed(passage)));
    }
    const sentInput = await prepareInput(parts, decision, guarded.input, scope.signal);
    const outcome = await callTargets({ ...passage, guarded, sentInput });
    const completion = completionOf(outcome, elapsed(passage));
    const completed = completion.state === CompletionState.COMPLETED;
    if (completed) cached?.keep(completion, outcome.rawParts);
    const given = await give(passage, completion);
    if (completed) askShadow(parts, journey, sentInput);
    return given;
  } finally {
    cached?.close();
  }
}

async function protect(passage: Passage): Promise<Protected> {
  try {
    return passage.journey.inspection.protect(passage.journey.decision);
  } catch (error) {
    if (error instanceof EngineError) return await refuseWith(passage, error);
    throw error;
  }
}

/** Records that there is no answer, and why; then says so to the caller. */
async function refuseWith(passage: Passage, failure: EngineError): Promise<never> {
  await record(passage, failedCompletion(failure, elapsed(passage)));
  throw failure;
}

/** Records the end, then lets it leave. */
async function give(passage: Passage, completion: Completion): Promise<Answer> {
  await record(passage, completion);
  await passage.send?.(finishedEvent(completion));
  return { decision: passage.journey.decision, completion };
}

/** No decision stays without its end: the caller left in the middle, or something on the way failed. */
async function abandon(passage: Passage, failure: unknown): Promise<void> {
  const completion = abandonedCompletion(failure, passage.ending.totals, elapsed(passage));
  // Where the ledger itself cannot be written, the failure that is on its way to the caller says so.
  await record(passage, completion).catch(() => undefined);
}

async function record({ parts, journey, recorder, ending }: Passage, completion: Completion): Promise<void> {
  ending.recorded = true;
  const decision: Decision = journey.decision;
  parts.announce.finished(decision, completion);
  await recorder.finished(decision, completion);
}

function elapsed({ parts, arrival }: Passage): number {
  return parts.clock.monotonic() - arrival;
}
