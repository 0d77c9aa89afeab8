import type { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import type { DoorClient } from "../support/clients.ts";
import { inputOf } from "../support/service.ts";

/** Requests under way at once at each door. */
const AT_ONCE = 6;

/**
 * Sends unary and streamed requests by all clients until the signal aborts or the service is gone. Each answer that was
 * received to its end goes into `answers`: decision id to state.
 */
export async function sendLoad(
  clients: readonly DoorClient[],
  answers: Map<string, CompletionState>,
  signal: AbortSignal,
): Promise<void> {
  const loops = clients.flatMap((client) =>
    Array.from({ length: AT_ONCE }, async (_, place) => {
      for (let count = 0; !signal.aborted; count += 1) {
        try {
          if ((count + place) % 2 === 0) await askOnce(client, answers, `Say hello, ${place}-${count}.`);
          else await askStreamed(client, answers, `List three colours, ${place}-${count}.`);
        } catch {
          // Refused, failed, or killed: nothing was received that would have to be in the ledger. With the service gone
          // every call fails at once, so that without a pause this would be a spin.
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
    }),
  );
  await Promise.all(loops);
}

async function askOnce(
  client: DoorClient,
  answers: Map<string, CompletionState>,
  text: string,
): Promise<void> {
  const { decision, completion } = await client.unary(RouteService.method.route, { input: inputOf(text) });
  if (decision && completion) answers.set(decision.id, completion.state);
}

async function askStreamed(
  client: DoorClient,
  answers: Map<string, CompletionState>,
  text: string,
): Promise<void> {
  let decisionId = "";
  for await (const { event } of client.stream(StreamService.method.streamRoute, { input: inputOf(text) })) {
    if (event.case === "decided") decisionId = event.value.decision?.id ?? "";
    const completion = event.case === "finished" ? event.value.completion : undefined;
    if (completion) answers.set(decisionId, completion.state);
  }
}
