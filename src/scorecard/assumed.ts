import { create } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import {
  type LatencyProfile,
  LatencyProfileSchema,
  type OutputPrediction,
  OutputPredictionSchema,
} from "#gen/pointsman/v1/scorecard_pb.ts";
import type { Target } from "#gen/pointsman/v1/target_pb.ts";
import { CENTRE, type CurvePrior } from "./fit-curve.ts";
import { DEFAULT_SCORECARD_SETTINGS, type ScorecardSettings } from "./settings.ts";
import { knownTask, taskName } from "./tasks.ts";

/** The 95th percentile of the time to the first token is assumed to be this many times the median. */
const ASSUMED_TAIL = 2.5;

/** Output tokens that an answer is assumed to have, task by task, before answers are counted. */
const ASSUMED_OUTPUT: Readonly<Record<number, number>> = {
  [Task.REWRITING]: 250,
  [Task.SUMMARIZATION]: 200,
  [Task.EXTRACTION]: 120,
  [Task.CLASSIFICATION]: 20,
  [Task.OPEN_QA]: 250,
  [Task.CLOSED_QA]: 100,
  [Task.BRAINSTORM_CREATIVE]: 600,
  [Task.CODE_GENERATION]: 500,
  [Task.CODE_EXPLAIN_DEBUG]: 500,
  [Task.MATH_REASONING]: 400,
  [Task.TRANSLATION]: 200,
  [Task.CHAT]: 100,
  [Task.TOOL_USE]: 100,
  [Task.OTHER]: 300,
};

/** What is believed of a target at a task before any outcome: it succeeds half of the time at its strength. */
export function assumedBelief(
  target: Target,
  task: Task,
  settings: ScorecardSettings = DEFAULT_SCORECARD_SETTINGS,
): CurvePrior {
  const strength = target.prior?.taskStrengths[taskName(knownTask(task))] ?? target.prior?.strength ?? 0.5;
  return {
    level: settings.priorSlope * (strength - CENTRE),
    slope: settings.priorSlope,
    levelDeviation: settings.priorLevelDeviation,
    slopeDeviation: settings.priorSlopeDeviation,
  };
}

/** The speed of a target that has not been measured. */
export function assumedLatency(target: Target): LatencyProfile {
  const given = target.prior?.timeToFirstToken;
  const median = given === undefined ? 0.8 : seconds(given);
  return create(LatencyProfileSchema, {
    targetId: target.id,
    timeToFirstTokenP50: median,
    timeToFirstTokenP95: median * ASSUMED_TAIL,
    secondsPerToken: 1 / Math.max(target.prior?.tokensPerSecond ?? 60, 1e-3),
    sampleCount: 0,
  });
}

/** The length of an answer to a task that has not been counted. */
export function assumedOutput(task: Task): OutputPrediction {
  const known = knownTask(task);
  return create(OutputPredictionSchema, {
    task: known,
    tokens: ASSUMED_OUTPUT[known] ?? 300,
    sampleCount: 0,
  });
}

function seconds(duration: Duration): number {
  return Number(duration.seconds) + duration.nanos / 1e9;
}
