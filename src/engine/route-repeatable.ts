import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { sha256 } from "../lib/digest.ts";
import type { Send } from "../lib/sending.ts";
import { abortable } from "../lib/signals.ts";
import type { EngineParts, RouteCall, RouteEvent } from "./engine-parts.ts";
import { EngineError } from "./errors.ts";
import { decidedEvent, finishedEvent, partEvents } from "./events.ts";
import { digestInput } from "./journey.ts";
import { answerBytes } from "./recorder.ts";
import type { Answer, Flight } from "./request-flights.ts";
import { routeOnce } from "./route.ts";

/**
 * Answers a request that carries an id: the first one calls, a repeat joins it or gets its answer again, and never calls
 * twice. A request that failed is forgotten, so that its repeat is a new try.
 * @throws EngineError REQUEST_ID_REUSED where the id was used for another body; ALREADY_ANSWERED where the answer is no
 * longer held.
 */
export async function routeRepeatable(
  parts: EngineParts,
  call: RouteCall,
  send: Send<RouteEvent> | undefined,
): Promise<Answer> {
  const { tenant } = call.caller;
  const digest = Buffer.from(digestInput(call.input)).toString("hex");
  for (;;) {
    const flight = parts.flights.find(tenant, call.requestId);
    if (!flight) break;
    const answer = await join(flight, digest, call);
    if (answer) return await repeat(answer, send);
  }
  const landing = parts.flights.start(tenant, call.requestId, digest);
  try {
    const recorded = await findRecorded(parts, call, digest);
    const answer = recorded ? await repeat(recorded, send) : await routeOnce(parts, call, send);
    if (isFinal(answer)) landing.land(answer);
    else landing.crash(new Error(answer.completion.message));
    return answer;
  } catch (error) {
    landing.crash(error);
    throw error;
  }
}

/** Waits for the first request; undefined where it came to nothing and this one has to try. */
async function join(flight: Flight, digest: string, call: RouteCall): Promise<Answer | undefined> {
  if (flight.inputDigest !== digest) throw reused("");
  try {
    return await abortable(flight.answer, call.signal);
  } catch {
    if (call.signal.aborted) throw new EngineError(ErrorReason.CANCELLED, "The caller went away.");
    return undefined;
  }
}

async function repeat(answer: Answer, send: Send<RouteEvent> | undefined): Promise<Answer> {
  if (send) {
    await send(decidedEvent(answer.decision));
    for (const event of partEvents(answer.completion.parts)) await send(event);
    await send(finishedEvent(answer.completion));
  }
  return answer;
}

/** Looks in the ledger, where an earlier process may have answered. */
async function findRecorded(
  parts: EngineParts,
  call: RouteCall,
  digest: string,
): Promise<Answer | undefined> {
  const { tenant } = call.caller;
  const found = await parts.ledger.reader.findRequest(tenant, call.requestId, call.signal);
  if (!found) return undefined;
  const record = await parts.ledger.reader.getRecord(found.decisionId, { tenants: [tenant] }, call.signal);
  const { decision, completion } = record ?? {};
  if (!decision || !completion || !isFinal({ decision, completion })) return undefined;
  if (Buffer.from(found.inputDigest).toString("hex") !== digest) throw reused(found.decisionId);
  // What is kept may be less than what was given; only the very answer may be given again.
  const held = completion.parts.length === 0 ? new Uint8Array(0) : sha256(answerBytes(completion.parts));
  if (Buffer.compare(record?.outputDigest ?? new Uint8Array(0), held) === 0) return { decision, completion };
  throw new EngineError(
    ErrorReason.ALREADY_ANSWERED,
    "The request was answered before, and its answer is no longer held. Use a new request_id to ask again.",
    { metadata: { decision_id: found.decisionId } },
  );
}

function isFinal({ completion }: Answer): boolean {
  const { state } = completion;
  return (
    state === CompletionState.COMPLETED ||
    state === CompletionState.TRUNCATED ||
    state === CompletionState.REFUSED
  );
}

function reused(decisionId: string): EngineError {
  const message = "The request_id was used for another request. Use a new one.";
  return new EngineError(ErrorReason.REQUEST_ID_REUSED, message, {
    metadata: decisionId ? { decision_id: decisionId } : {},
  });
}
