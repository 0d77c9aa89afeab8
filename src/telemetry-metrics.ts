import { type Meter, metrics } from "@opentelemetry/api";
import { type Attempt, AttemptErrorReasonSchema, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import type { Announcements } from "./engine/engine-parts.ts";
import { toMilliseconds } from "./lib/durations.ts";
import { enumWord } from "./lib/enums.ts";

/**
 * Metrics of every call of a model by the OpenTelemetry GenAI conventions: how long it took, how long until it began to
 * answer, and how many tokens it used. Costs next to nothing unless an SDK is registered.
 */
export function measureAnnouncements(
  others: Announcements,
  meter: Meter = metrics.getMeter("pointsman"),
): Announcements {
  const duration = meter.createHistogram("gen_ai.client.operation.duration", {
    unit: "s",
    description: "Duration of a call of a model.",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const firstOutput = meter.createHistogram("gen_ai.client.operation.time_to_first_chunk", {
    unit: "s",
    description: "Time until a model began to answer.",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const tokens = meter.createHistogram("gen_ai.client.token.usage", {
    unit: "{token}",
    description: "Tokens that a call of a model used.",
    advice: { explicitBucketBoundaries: TOKENS },
  });
  return {
    decided: others.decided,
    finished: others.finished,
    attempted(decision, attempt) {
      others.attempted(decision, attempt);
      const attributes = attributesOf(attempt);
      if (attempt.latency) duration.record(toMilliseconds(attempt.latency) / 1_000, attributes);
      // The conventions know chunks of streams only.
      if (attempt.timeToFirstToken && decision.facts?.streaming)
        firstOutput.record(toMilliseconds(attempt.timeToFirstToken) / 1_000, attributes);
      if (!attempt.usage) return;
      tokens.record(attempt.usage.inputTokens, { ...attributes, "gen_ai.token.type": "input" });
      tokens.record(attempt.usage.outputTokens, { ...attributes, "gen_ai.token.type": "output" });
    },
  };
}

/** The boundaries that the conventions recommend. */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

function attributesOf(attempt: Attempt): Record<string, string> {
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": attempt.provider,
    "gen_ai.response.model": attempt.responseModel,
    "pointsman.target_id": attempt.targetId,
    ...(attempt.state === AttemptState.FAILED &&
      attempt.error && { "error.type": enumWord(AttemptErrorReasonSchema, attempt.error.reason) }),
  };
}
