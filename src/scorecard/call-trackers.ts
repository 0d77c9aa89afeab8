import { create } from "@bufbuild/protobuf";
import type { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import {
  type LatencyProfile,
  LatencyProfileSchema,
  type OutputPrediction,
  OutputPredictionSchema,
} from "#gen/pointsman/v1/scorecard_pb.ts";
import { assumedOutput } from "./assumed.ts";
import { createQuantileSketch, type QuantileSketch } from "./quantile-sketch.ts";
import type { ScorecardSettings } from "./settings.ts";

/** An assumption weighs as much as this many calls. */
const ASSUMED_CALLS = 5;
/** The tokens that an assumed call is taken to have when its speed is weighed. */
const ASSUMED_TOKENS = 100;
/** Standard deviations between the median and the 95th percentile of a normal distribution. */
const TAIL = 1.645;

/** Learns how fast one target is. */
export interface LatencyTracker {
  /** Takes a call; all in seconds, the time in milliseconds since the epoch. */
  observe(call: { firstToken: number; tokens: number; generation: number; time: number }): void;
  /** Changes what is assumed; the more calls are behind it, the more it weighs. What was observed stays. */
  assume(profile: LatencyProfile): void;
  /** The figures now. */
  profile(): LatencyProfile;
}

/** @param assumed the speed before any call. */
export function createLatencyTracker(assumed: LatencyProfile, settings: ScorecardSettings): LatencyTracker {
  let base = assumed;
  const firstTokens = createQuantileSketch();
  const generation = { tokens: 0, seconds: 0 };
  const decay = createDecay(settings);
  return {
    observe({ firstToken, tokens, generation: seconds, time }) {
      const weight = decay.weightOfNext(time, (factor) => {
        firstTokens.scale(factor);
        generation.tokens *= factor;
        generation.seconds *= factor;
      });
      firstTokens.add(firstToken, weight);
      generation.tokens += weight * tokens;
      generation.seconds += weight * seconds;
    },
    assume(profile) {
      base = profile;
    },
    profile() {
      const calls = assumedCalls(base.sampleCount, settings);
      const mixed = createQuantileSketch();
      addAssumed(mixed, base, calls);
      mixed.addAll(firstTokens);
      const tokens = calls * ASSUMED_TOKENS;
      return create(LatencyProfileSchema, {
        targetId: base.targetId,
        timeToFirstTokenP50: mixed.quantile(0.5),
        timeToFirstTokenP95: mixed.quantile(0.95),
        secondsPerToken: (tokens * base.secondsPerToken + generation.seconds) / (tokens + generation.tokens),
        sampleCount: Math.round(Math.min(base.sampleCount, settings.maxCalls) + firstTokens.weight),
      });
    },
  };
}

/** Learns how long answers to one task are. */
export interface OutputTracker {
  /** Takes an answer; the time in milliseconds since the epoch. */
  observe(tokens: number, time: number): void;
  /** Takes over what an evaluation found. */
  assume(prediction: OutputPrediction): void;
  /** The figures now. */
  prediction(): OutputPrediction;
}

/** A decayed mean, in which the assumption for the task counts as a few answers. */
export function createOutputTracker(task: Task, settings: ScorecardSettings): OutputTracker {
  let base = assumedOutput(task);
  let [weight, sum] = [0, 0];
  const decay = createDecay(settings);
  return {
    observe(tokens, time) {
      const next = decay.weightOfNext(time, (factor) => {
        weight *= factor;
        sum *= factor;
      });
      weight += next;
      sum += next * tokens;
    },
    assume(prediction) {
      base = prediction;
    },
    prediction() {
      const calls = assumedCalls(base.sampleCount, settings);
      return create(OutputPredictionSchema, {
        task: base.task,
        tokens: (calls * base.tokens + sum) / (calls + weight),
        sampleCount: Math.round(Math.min(base.sampleCount, settings.maxCalls) + weight),
      });
    },
  };
}

function assumedCalls(measured: number, settings: ScorecardSettings): number {
  return Math.max(ASSUMED_CALLS, Math.min(measured, settings.maxCalls));
}

/** Spreads calls as a log-normal distribution with the given median and 95th percentile would. */
function addAssumed(sketch: QuantileSketch, profile: LatencyProfile, calls: number): void {
  const median = Math.max(profile.timeToFirstTokenP50, 1e-3);
  const deviation = Math.log(Math.max(profile.timeToFirstTokenP95 / median, 1.01)) / TAIL;
  const steps = 40;
  let total = 0;
  const shares = Array.from({ length: steps + 1 }, (_, step) => {
    const away = -3 + (6 * step) / steps;
    const share = Math.exp((-away * away) / 2);
    total += share;
    return [away, share] as const;
  });
  for (const [away, share] of shares)
    sketch.add(median * Math.exp(away * deviation), (calls * share) / total);
}

/** By time and by count: what is older than the half-life counts less, and so does what is many calls ago. */
function createDecay(settings: ScorecardSettings): {
  weightOfNext(time: number, scale: (factor: number) => void): number;
} {
  let moment: number | undefined;
  let total = 0;
  return {
    weightOfNext(time, scale) {
      let factor = 1;
      if (moment !== undefined && time > moment) factor = 2 ** ((moment - time) / settings.latencyHalfLife);
      if (moment === undefined || time > moment) moment = time;
      const weight = 2 ** ((time - moment) / settings.latencyHalfLife);
      if (total * factor + weight > settings.maxCalls)
        factor *= settings.maxCalls / (total * factor + weight);
      if (factor !== 1) scale(factor);
      total = total * factor + weight;
      return weight;
    },
  };
}
