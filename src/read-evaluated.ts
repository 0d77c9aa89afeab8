import { readFileSync, statSync } from "node:fs";
import type { Scorecard } from "#gen/pointsman/v1/scorecard_pb.ts";
import { promptFeaturesId } from "./classify/prompt-features.ts";
import { besideConfig, ConfigError, type LoadedConfig } from "./config.ts";
import { ScorecardError } from "./scorecard/scorecard-error.ts";
import { parseScorecard } from "./scorecard/scorecard-file.ts";

/** What an evaluation found, and when. */
export interface Evaluated {
  readonly scorecard: Scorecard;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/**
 * Reads the scorecard that a configuration names; undefined where it names none.
 * @throws ConfigError where it cannot be used
 */
export function readEvaluated(loaded: LoadedConfig): Evaluated | undefined {
  if (loaded.config.scorecard === undefined) return undefined;
  const file = besideConfig(loaded, loaded.config.scorecard);
  try {
    // The file's own time, so that what was found long ago does not count as new after each start.
    const scorecard = parseScorecard(readFileSync(file, "utf8"));
    checkFeatures(scorecard);
    return { scorecard, time: statSync(file).mtimeMs };
  } catch (error) {
    const message = `${file} cannot be used: ${(error as Error).message}`;
    throw new ConfigError(loaded.file, [{ path: "scorecard", line: 0, message }]);
  }
}

/** Weights over other features would be noise. */
function checkFeatures({ promptCorrection }: Scorecard): void {
  if (promptCorrection === undefined || promptCorrection.features === promptFeaturesId()) return;
  throw new ScorecardError(
    "invalid_scorecard",
    "its prompt correction was learned by a build with another classifier; fit it again, or remove promptCorrection and revision",
  );
}
