import { create, toBinary } from "@bufbuild/protobuf";
import {
  type LatencyProfile,
  type OutputPrediction,
  type PromptCorrection,
  type Scorecard,
  ScorecardSchema,
  type SuccessCurve,
} from "#gen/pointsman/v1/scorecard_pb.ts";
import { sha256Hex } from "../lib/digest.ts";

/** Log-odds are kept to this step: at most half a per cent of probability. */
const LOG_ODDS_STEP = 0.02;
const DIGITS = 2;

/** What a snapshot is made of. */
export interface Measurements {
  readonly curves: readonly SuccessCurve[];
  readonly latencies: readonly LatencyProfile[];
  readonly outputs: readonly OutputPrediction[];
  /** Only of what a fit found. */
  readonly promptCorrection?: PromptCorrection | undefined;
}

/**
 * A frozen scorecard: sorted, rounded so coarsely that steady traffic leaves it as it is, and named by its content. Takes
 * the messages over: they must not be used by anyone else.
 */
export function createSnapshot({ curves, latencies, outputs, promptCorrection }: Measurements): Scorecard {
  const scorecard = create(ScorecardSchema, {
    curves: curves.map(roundCurve).sort((a, b) => compare(a.targetId, b.targetId) || a.task - b.task),
    latencies: latencies.map(roundLatency).sort((a, b) => compare(a.targetId, b.targetId)),
    outputs: outputs.map(roundOutput).sort((a, b) => a.task - b.task),
    ...(promptCorrection && { promptCorrection }),
  });
  scorecard.revision = contentHash(scorecard);
  return freeze(scorecard);
}

/** The SHA-256 of a scorecard without its revision, in binary form. */
export function contentHash(scorecard: Scorecard): string {
  return sha256Hex(toBinary(ScorecardSchema, { ...scorecard, revision: "" }, { writeUnknownFields: false }));
}

function roundCurve(curve: SuccessCurve): SuccessCurve {
  curve.intercept = toStep(curve.intercept);
  curve.slope = toStep(curve.slope);
  curve.effectiveSampleCount = toDigits(curve.effectiveSampleCount);
  curve.standardError = toDigits(curve.standardError);
  return curve;
}

function roundLatency(latency: LatencyProfile): LatencyProfile {
  latency.timeToFirstTokenP50 = toDigits(latency.timeToFirstTokenP50);
  latency.timeToFirstTokenP95 = toDigits(latency.timeToFirstTokenP95);
  latency.secondsPerToken = toDigits(latency.secondsPerToken);
  latency.sampleCount = toDigits(latency.sampleCount);
  return latency;
}

function roundOutput(output: OutputPrediction): OutputPrediction {
  output.tokens = toDigits(output.tokens);
  output.sampleCount = toDigits(output.sampleCount);
  return output;
}

/** Through text, so that equal steps give equal bits. */
function toStep(value: number): number {
  return Number((Math.round(value / LOG_ODDS_STEP) * LOG_ODDS_STEP).toFixed(2)) + 0;
}

function toDigits(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** By code units, as ids are compared everywhere. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function freeze(scorecard: Scorecard): Scorecard {
  for (const part of [scorecard.curves, scorecard.latencies, scorecard.outputs]) {
    for (const entry of part) Object.freeze(entry);
    Object.freeze(part);
  }
  return Object.freeze(scorecard);
}
