import type { Score } from "./assessor.ts";
import type { Features } from "./features.ts";
import { READING_LOAD_NAMES } from "./reading-load.ts";
import { ClassifyError, type TensorFile } from "./tensor-file.ts";

/** What is known of a text before its difficulty is. */
export interface DifficultyEvidence {
  readonly features: Features;
  /** Log-odds by topic and wording: what a person would have to know. */
  readonly level: number;
  /** The probability that it is a problem of mathematics, 0 to 1. */
  readonly mathematics: number;
}

/** What a standard deviation of the reading load adds to the log-odds: of a question with choices, of a problem of mathematics. */
const [LOAD_OF_CHOICES, LOAD_OF_MATHEMATICS] = [0.6, 0.9];
/** A problem of mathematics that is shorter than this is no easier for it: a theorem may be one line. */
const LEAST_LOAD = -1.25;
/** Where questions with choices lie on average, in log-odds: about 0.57. */
const CHOICES_LEVEL = 0.3;

/**
 * Make what judges difficulty. A question with lettered choices is as hard as what there is to keep in mind: who gets it right
 * depends little on its topic, since all models have read the same books. A problem of mathematics is as hard as its topic
 * and what there is to keep in mind. Any other request is as hard as its topic and what is wanted.
 *
 * @param places where the dense features have lettered choices and the first measure of the reading load
 */
export function loadDifficulty(
  file: TensorFile,
  places: { readonly choices: number; readonly load: number },
): (evidence: DifficultyEvidence) => Score {
  const scale = file.numbers("difficulty.load");
  const confidence = file.numbers("difficulty.confidence");
  if (scale.length !== READING_LOAD_NAMES.length + 1 || confidence.length !== 4)
    throw new ClassifyError("weights_invalid", "The weight file measures difficulty by other features.");
  return ({ features: { dense, hashed }, level, mathematics }) => {
    let load = scale[READING_LOAD_NAMES.length]!;
    for (let index = 0; index < READING_LOAD_NAMES.length; index++)
      load += dense[places.load + index]! * scale[index]!;
    const choices = dense[places.choices]!;
    const withChoices = CHOICES_LEVEL + LOAD_OF_CHOICES * load;
    const without = level + LOAD_OF_MATHEMATICS * mathematics * Math.max(load, LEAST_LOAD);
    const value = logistic(choices * withChoices + (1 - choices) * without);
    const [base = 0, linear = 0, square = 0, size = 0] = confidence;
    return {
      value,
      confidence: logistic(base + linear * value + square * value * value + size * Math.log1p(hashed.length)),
    };
  };
}

function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
