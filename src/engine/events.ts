import { create } from "@bufbuild/protobuf";
import { type Completion, CompletionSchema } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { Part } from "#gen/pointsman/v1/route_input_pb.ts";
import {
  StreamRouteResponse_AttemptFailedSchema,
  StreamRouteResponse_AttemptStartedSchema,
  StreamRouteResponse_DecidedSchema,
  StreamRouteResponse_FinishedSchema,
  StreamRouteResponse_ReasoningDeltaSchema,
  StreamRouteResponse_RestartedSchema,
  StreamRouteResponse_TextDeltaSchema,
  StreamRouteResponse_ToolCallDeltaSchema,
} from "#gen/pointsman/v1/stream_service_pb.ts";
import type { ProviderEvent } from "../provider/provider.ts";
import type { RouteEvent } from "./engine-parts.ts";
import { partsAsOutput } from "./parts-as-output.ts";
import type { WalkEvent } from "./walk-types.ts";

/** The first event of a stream. */
export function decidedEvent(decision: Decision): RouteEvent {
  return { case: "decided", value: create(StreamRouteResponse_DecidedSchema, { decision }) };
}

/** The last event of a stream; the parts are left out, the deltas gave them. */
export function finishedEvent(completion: Completion): RouteEvent {
  const bare = create(CompletionSchema, { ...completion, parts: [] });
  return { case: "finished", value: create(StreamRouteResponse_FinishedSchema, { completion: bare }) };
}

/** What a caller sees of the walk, output excepted. */
export function walkEvent(event: Exclude<WalkEvent, { type: "output" }>): RouteEvent {
  switch (event.type) {
    case "attempt_started": {
      const { index, targetId, hedge } = event;
      return {
        case: "attemptStarted",
        value: create(StreamRouteResponse_AttemptStartedSchema, { index, targetId, hedge }),
      };
    }
    case "attempt_failed":
      return {
        case: "attemptFailed",
        value: create(StreamRouteResponse_AttemptFailedSchema, { attempt: event.attempt }),
      };
    case "restarted":
      return {
        case: "restarted",
        value: create(StreamRouteResponse_RestartedSchema, { reason: event.reason }),
      };
  }
}

/** Output as an event; undefined for what callers do not see. */
export function outputEvent(event: ProviderEvent): RouteEvent | undefined {
  switch (event.type) {
    case "text_delta":
      return { case: "textDelta", value: create(StreamRouteResponse_TextDeltaSchema, { text: event.text }) };
    case "reasoning_delta": {
      const { text, providerToken = "" } = event;
      return {
        case: "reasoningDelta",
        value: create(StreamRouteResponse_ReasoningDeltaSchema, { text, providerToken }),
      };
    }
    case "tool_call_delta": {
      const { index, callId = "", name = "", argumentsDelta, providerToken = "" } = event;
      const value = create(StreamRouteResponse_ToolCallDeltaSchema, {
        index,
        callId,
        name,
        argumentsDelta,
        providerToken,
      });
      return { case: "toolCallDelta", value };
    }
    default:
      return undefined;
  }
}

/** A whole answer as events: how a kept answer is given to a caller who asked for a stream. */
export function partEvents(parts: readonly Part[]): RouteEvent[] {
  return partsAsOutput(parts).flatMap((event) => outputEvent(event) ?? []);
}
