import { create } from "@bufbuild/protobuf";
import { BreakerState, type TargetStatus, TargetStatusSchema } from "#gen/pointsman/v1/target_pb.ts";
import { toDuration } from "../lib/durations.ts";
import { latencyFor } from "../scorecard/lookup.ts";
import type { EngineParts } from "./engine-parts.ts";

/** The targets as they are now, by id. */
export function listTargets(parts: EngineParts): TargetStatus[] {
  const scorecard = parts.scorecard.current();
  return parts.worlds.current.catalogue.targets.map((target) => {
    const latency = latencyFor(scorecard, target.id);
    const place = parts.places(target.id);
    const status = create(TargetStatusSchema, {
      target,
      breakerState: parts.breakers.state(target.id),
      timeToFirstTokenP50: toDuration(1000 * (latency?.timeToFirstTokenP50 ?? 0)),
      timeToFirstTokenP95: toDuration(1000 * (latency?.timeToFirstTokenP95 ?? 0)),
      tokensPerSecond: latency && latency.secondsPerToken > 0 ? 1 / latency.secondsPerToken : 0,
      latencySampleCount: latency?.sampleCount ?? 0,
      successEstimates: parts.scorecard.successEstimates(target.id),
      inFlightCount: place.inFlight,
      concurrencyLimit: place.limit,
    });
    const wait = parts.breakers.retryAfterMs(target.id);
    if (status.breakerState !== BreakerState.CLOSED || wait > 0) status.retryAfter = toDuration(wait);
    return status;
  });
}
