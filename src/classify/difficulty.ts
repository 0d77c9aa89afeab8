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

/** What a standard deviation of the reading load adds to the log-odds of an examination's question. */
const LOAD_SHARE = 0.6;
/** Where questions with choices lie on average, in log-odds: about 0.57. */
const CHOICES_LEVEL = 0.3;

/**
 * Make what judges difficulty. A question out of an examination (one with lettered choices, or a problem of mathematics) is as
 * hard as what there is to keep in mind: who gets it right depends little on its topic, since all models have read the same
 * books. Of a problem of mathematics the topic counts half: it also says of what level it is. Any other request is as hard as
 * its topic and what is wanted.
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
    const value = logistic(
      level * (1 - Math.max(choices, mathematics / 2)) +
        CHOICES_LEVEL * choices +
        LOAD_SHARE * Math.max(choices, mathematics) * load,
    );
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
