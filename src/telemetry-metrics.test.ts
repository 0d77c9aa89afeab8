import { create } from "@bufbuild/protobuf";
import type { Meter } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { AttemptErrorReason, AttemptSchema, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { measureAnnouncements } from "./telemetry-metrics.ts";

test("a call of a model is measured by the GenAI conventions", () => {
  const records: [name: string, unit: string | undefined, value: number, attributes: object][] = [];
  const meter = {
    createHistogram: (name: string, options: { unit?: string }) => ({
      record: (value: number, attributes: object) => records.push([name, options.unit, value, attributes]),
    }),
  } as unknown as Meter;
  const heard: string[] = [];
  const announce = measureAnnouncements(
    {
      decided: () => heard.push("decided"),
      attempted: () => heard.push("attempted"),
      finished: () => heard.push("finished"),
    },
    meter,
  );
  const decision = create(DecisionSchema, { id: "d1", facts: { streaming: true } });
  const of = { targetId: "a", provider: "openai", responseModel: "gpt" };
  announce.attempted(
    decision,
    create(AttemptSchema, {
      ...of,
      state: AttemptState.SUCCEEDED,
      latency: { seconds: 1n, nanos: 500_000_000 },
      timeToFirstToken: { nanos: 250_000_000 },
      usage: { inputTokens: 12, outputTokens: 34 },
    }),
  );
  announce.attempted(
    decision,
    create(AttemptSchema, {
      ...of,
      state: AttemptState.FAILED,
      latency: { seconds: 2n },
      error: { reason: AttemptErrorReason.RATE_LIMITED },
    }),
  );
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.response.model": "gpt",
    "pointsman.target_id": "a",
  };
  expect(records).toEqual([
    ["gen_ai.client.operation.duration", "s", 1.5, attributes],
    ["gen_ai.client.operation.time_to_first_chunk", "s", 0.25, attributes],
    ["gen_ai.client.token.usage", "{token}", 12, { ...attributes, "gen_ai.token.type": "input" }],
    ["gen_ai.client.token.usage", "{token}", 34, { ...attributes, "gen_ai.token.type": "output" }],
    ["gen_ai.client.operation.duration", "s", 2, { ...attributes, "error.type": "rate_limited" }],
  ]);
  expect(heard).toEqual(["attempted", "attempted"]);
  records.length = 0;
  const whole = create(AttemptSchema, { ...of, timeToFirstToken: { nanos: 250_000_000 } });
  announce.attempted(create(DecisionSchema, { id: "d2" }), whole);
  expect(records).toEqual([]);
});
