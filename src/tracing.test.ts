import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Span, type SpanOptions, type Tracer, trace } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { AttemptSchema, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import { CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { traceAnnouncements } from "./tracing.ts";

test("a request is a span, and each attempt a span within it by the GenAI conventions", () => {
  const spans: {
    name: string;
    options: SpanOptions;
    ended: boolean;
    parent: Span | undefined;
    span: Span;
  }[] = [];
  const tracer = {
    startSpan(name: string, options: SpanOptions, context?: Parameters<typeof trace.getSpan>[0]): Span {
      const record = {
        name,
        options,
        ended: false,
        parent: context && trace.getSpan(context),
        span: undefined as never as Span,
      };
      record.span = {
        isRecording: () => true,
        end: () => {
          record.ended = true;
        },
        setAttribute: () => record.span,
        setAttributes: () => record.span,
        setStatus: () => record.span,
      } as unknown as Span;
      spans.push(record);
      return record.span;
    },
  } as unknown as Tracer;
  const heard: string[] = [];
  const announce = traceAnnouncements(
    {
      decided: () => heard.push("decided"),
      attempted: () => heard.push("attempted"),
      finished: () => heard.push("finished"),
    },
    tracer,
  );
  const decision = create(DecisionSchema, { id: "d1" });
  announce.decided(decision);
  const attempt = create(AttemptSchema, {
    targetId: "a",
    provider: "openai",
    state: AttemptState.SUCCEEDED,
    startTime: timestampFromMs(1_000),
  });
  announce.attempted(decision, attempt);
  announce.finished(decision, create(CompletionSchema, { state: CompletionState.COMPLETED }));
  expect(heard).toEqual(["decided", "attempted", "finished"]);
  expect(spans.map(({ name, ended }) => [name, ended])).toEqual([
    ["route", true],
    ["chat a", true],
  ]);
  expect(spans[1]?.parent).toBe(spans[0]?.span);
  expect(spans[1]?.options.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
  });
});
