import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  ROOT_CONTEXT as ROOT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { AttemptErrorReasonSchema, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import {
  CompletionState,
  CompletionStateSchema,
  FinishReasonSchema,
} from "#gen/pointsman/v1/completion_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Announcements } from "./engine/engine-parts.ts";
import { toMilliseconds } from "./lib/durations.ts";
import { enumWord } from "./lib/enums.ts";

/** Requests whose span is open, at most; the oldest are ended first. */
const MOST_OPEN = 10_000;

/**
 * Spans by the OpenTelemetry GenAI conventions: one a request, and within it one an attempt. Costs next to nothing unless an
 * SDK is registered, as with `node --import` of one. No span holds anything of a request's or an answer's content.
 */
export function traceAnnouncements(
  others: Announcements,
  tracer: Tracer = trace.getTracer("pointsman"),
): Announcements {
  const open = new Map<string, Span>();
  return {
    decided(decision) {
      others.decided(decision);
      const { facts, id } = decision;
      const span = tracer.startSpan("route", {
        kind: SpanKind.SERVER,
        attributes: {
          "pointsman.decision_id": id,
          "pointsman.tenant": facts?.caller?.tenant ?? "",
          "pointsman.task": enumWord(TaskSchema, facts?.task ?? 0),
          "pointsman.policy_revision": decision.policyRevision,
        },
      });
      // Without an SDK there is nothing to keep.
      if (!span.isRecording()) return;
      open.set(id, span);
      if (open.size <= MOST_OPEN) return;
      const [oldest] = open;
      oldest?.[1].end();
      if (oldest) open.delete(oldest[0]);
    },
    attempted(decision, attempt) {
      others.attempted(decision, attempt);
      const parent = open.get(decision.id);
      if (!parent || !attempt.startTime) return;
      const start = timestampMs(attempt.startTime);
      const target = decision.candidates.find(({ targetId }) => targetId === attempt.targetId);
      const span = tracer.startSpan(
        `chat ${attempt.responseModel || attempt.targetId}`,
        {
          kind: SpanKind.CLIENT,
          startTime: start,
          attributes: {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": attempt.provider,
            "gen_ai.response.model": attempt.responseModel,
            "gen_ai.response.id": attempt.providerRequestId,
            "gen_ai.usage.input_tokens": attempt.usage?.inputTokens ?? 0,
            "gen_ai.usage.output_tokens": attempt.usage?.outputTokens ?? 0,
            "pointsman.target_id": attempt.targetId,
            "pointsman.cost_micros": attempt.costMicros,
            "pointsman.hedge": attempt.hedge,
            "pointsman.shadow": attempt.shadow,
            "pointsman.expected_value": target?.value ?? 0,
          },
        },
        trace.setSpan(ROOT, parent),
      );
      if (attempt.state === AttemptState.FAILED && attempt.error) {
        span.setAttribute("error.type", enumWord(AttemptErrorReasonSchema, attempt.error.reason));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end(start + (attempt.latency ? toMilliseconds(attempt.latency) : 0));
    },
    finished(decision, completion) {
      others.finished(decision, completion);
      const span = open.get(decision.id);
      if (!span) return;
      open.delete(decision.id);
      span.setAttributes({
        "gen_ai.response.finish_reasons": [enumWord(FinishReasonSchema, completion.finishReason)],
        "pointsman.state": enumWord(CompletionStateSchema, completion.state),
        "pointsman.target_id": completion.targetId,
        "pointsman.cost_micros": completion.costMicros,
      });
      if (completion.state === CompletionState.FAILED) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
