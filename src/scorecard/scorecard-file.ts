import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { type PromptCorrection, type Scorecard, ScorecardSchema } from "#gen/pointsman/v1/scorecard_pb.ts";
import { ScorecardError } from "./scorecard-error.ts";
import { contentHash } from "./snapshot.ts";

/**
 * Reads a scorecard as JSON.
 * @throws ScorecardError `invalid_scorecard` where it is not one, holds impossible numbers, or was changed after it got
 * its revision.
 */
export function parseScorecard(json: string): Scorecard {
  const scorecard = parse(json);
  checkScorecard(scorecard);
  if (scorecard.revision !== "" && scorecard.revision !== contentHash(scorecard))
    throw invalid(
      "its content is not what its revision names; remove the revision if it was changed on purpose",
    );
  return scorecard;
}

/** Writes a scorecard as JSON that people can read. */
export function formatScorecard(scorecard: Scorecard): string {
  return `${toJsonString(ScorecardSchema, scorecard, { prettySpaces: 2 })}\n`;
}

/** @throws ScorecardError `invalid_scorecard` where a number is not finite or below what is possible. */
export function checkScorecard(scorecard: Scorecard): void {
  for (const curve of scorecard.curves) {
    const name = `the curve of ${curve.targetId} at task ${curve.task}`;
    if (!Number.isFinite(curve.intercept)) throw invalid(`${name} has no finite intercept`);
    if (!isAtLeastZero(curve.slope))
      throw invalid(`${name} has a slope of ${curve.slope}; it must be at least 0`);
    if (!isAtLeastZero(curve.effectiveSampleCount))
      throw invalid(`${name} has an impossible number of outcomes`);
    if (!isAtLeastZero(curve.standardError)) throw invalid(`${name} has an impossible standard error`);
  }
  for (const latency of scorecard.latencies) {
    const figures = [latency.timeToFirstTokenP50, latency.timeToFirstTokenP95, latency.secondsPerToken];
    if (!figures.every(isAtLeastZero))
      throw invalid(`the latency of ${latency.targetId} has an impossible number`);
  }
  for (const output of scorecard.outputs)
    if (!isAtLeastZero(output.tokens))
      throw invalid(`the output of task ${output.task} has an impossible number`);
  if (scorecard.promptCorrection) checkCorrection(scorecard.promptCorrection);
}

/** What the contract says of its lengths holds, so that a file cannot take memory or time beyond bounds. */
function checkCorrection({ features, means, scales, targets }: PromptCorrection): void {
  if (features === "") throw invalid("its prompt correction does not name its features");
  if (means.length > MOST_NUMBERS || scales.length !== means.length)
    throw invalid(`its prompt correction has ${means.length} means and ${scales.length} scales`);
  if (targets.length > MOST_TARGETS)
    throw invalid(`it corrects ${targets.length} targets; ${MOST_TARGETS} is the most`);
  if (![...means, ...scales].every(Number.isFinite))
    throw invalid("its prompt correction has no finite scale");
  for (const { targetId, numberWeights, wordWeights, wordScale } of targets) {
    const name = `the prompt correction of ${targetId}`;
    if (numberWeights.length !== means.length || wordWeights.length > MOST_WORDS)
      throw invalid(`${name} has ${numberWeights.length} and ${wordWeights.length} weights`);
    if (!isAtLeastZero(wordScale) || !numberWeights.every(Number.isFinite))
      throw invalid(`${name} has an impossible weight`);
  }
}

const MOST_NUMBERS = 1_024;
const MOST_TARGETS = 256;
const MOST_WORDS = 65_536;

function parse(json: string): Scorecard {
  try {
    return fromJsonString(ScorecardSchema, json);
  } catch (error) {
    throw new ScorecardError("invalid_scorecard", `Not a scorecard: ${(error as Error).message}`, error);
  }
}

function invalid(reason: string): ScorecardError {
  return new ScorecardError("invalid_scorecard", `Not a scorecard: ${reason}.`);
}

function isAtLeastZero(value: number): boolean {
  return value >= 0 && Number.isFinite(value);
}
