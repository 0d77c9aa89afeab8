import type { PromptFeatures } from "./prompt-features.ts";
import type { Reading } from "./reading.ts";

/** One score with how sure it is. */
export interface Score {
  /** 0 to 1. */
  value: number;
  /** 0 to 1. */
  confidence: number;
}

/** What one feature or word did to a score, in log-odds; negative where it spoke against. */
export interface Influence {
  feature: string;
  weight: number;
}

/** What an assessor makes of one text. */
export interface Assessment {
  /** Probability of each class of work, in the order of TASK_NAMES; they add up to 1. */
  tasks: Float32Array;
  difficulty: Score;
  /** The probability that harm is asked for. */
  harmful: Score;
  /** The probability that the text tries to turn a model against its instructions. */
  injection: Score;
  /** What outcomes can be learned from. */
  promptFeatures(): PromptFeatures;
  /** What spoke for and against a class of work, strongest first. */
  explainTask(index: number): Influence[];
  /** What raised and lowered one of the scores, strongest first. */
  explain(score: "difficulty" | "harmful" | "injection"): Influence[];
}

/** Judges one text. Pure and total: the same text, the same assessment. */
export interface Assessor {
  assess(reading: Reading): Assessment;
}
