import { create } from "@bufbuild/protobuf";
import type { RouteInput, Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { type Contribution, ContributionSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import type { Assessor, Influence } from "./assessor.ts";
import { type Combined, combine, top } from "./combine.ts";
import { readConversation } from "./conversation.ts";
import { estimateInputTokens } from "./input-tokens.ts";
import { createModelAssessor } from "./model-assessor.ts";
import type { PromptFeatures } from "./prompt-features.ts";
import { readText } from "./reading.ts";
import { TASK_NAMES } from "./task-names.ts";

/** What the classifier makes of a request. Every score is 0 to 1. */
export interface Classification {
  /** The likeliest kind of work; never unspecified. */
  task: Task;
  /** The calibrated probability that the task is right; below ABSTAIN_BELOW treat it as not known. */
  taskConfidence: number;
  /** The probability of every kind of work: the one at index i belongs to the Task with value i + 1. */
  taskScores: readonly number[];
  difficulty: number;
  difficultyConfidence: number;
  /** A BCP 47 code; "" where the text does not say. */
  language: string;
  harmfulScore: number;
  harmfulConfidence: number;
  injectionScore: number;
  injectionConfidence: number;
  /** The words and features that mattered most to task, difficulty and any risk of at least 0.5, strongest first; at most 24. */
  contributions(): readonly Contribution[];
  /** What outcomes of prompts like this one can be learned from: of the text that task and difficulty follow from. */
  promptFeatures(): PromptFeatures;
  /** Estimated input tokens of the whole request, tools and schemas included. */
  inputTokenEstimate: number;
  /** Whether the last turn only continues what was asked before it. */
  continued: boolean;
}

/** Says what a request asks for. Pure, total and bounded in time: no clock, no network, no randomness. */
export interface Classifier {
  /** Judge a request by its last user turn in the context of the conversation. Does not look at hints. */
  classify(input: RouteInput): Classification;
}

/** Below this task confidence the classifier abstains: the task is its best guess, and a caller may ask elsewhere. */
export const ABSTAIN_BELOW = 0.45;

/**
 * Make a classifier.
 *
 * @param assessor judges single texts
 */
export function createClassifier(assessor: Assessor = createModelAssessor()): Classifier {
  return { classify: (input) => classify(input, assessor) };
}

function classify(input: RouteInput, assessor: Assessor): Classification {
  const conversation = readConversation(input);
  const leadingText = conversation.current || conversation.system;
  const leadingReading = readText(leadingText);
  const combined = combine(conversation, (text) =>
    assessor.assess(text === leadingText ? leadingReading : readText(text)),
  );
  const best = top(combined.tasks);
  let contributions: Contribution[] | undefined;
  return {
    task: (best + 1) as Task,
    taskConfidence: combined.tasks[best] as number,
    taskScores: [...combined.tasks],
    difficulty: combined.difficulty.value,
    difficultyConfidence: combined.difficulty.confidence,
    language: leadingReading.language.code,
    harmfulScore: combined.harmful.value,
    harmfulConfidence: combined.harmful.confidence,
    injectionScore: combined.injection.value,
    injectionConfidence: combined.injection.confidence,
    // Only explanations read these, and working them out costs a third as much as judging.
    contributions: () => {
      contributions ??= contributionsOf(combined, best);
      return contributions;
    },
    promptFeatures: () => combined.leading.promptFeatures(),
    inputTokenEstimate: estimateInputTokens(input),
    continued: combined.continued,
  };
}

const CONTRIBUTIONS_EACH = 6;
/** From here on a risk is worth explaining. */
const ALARMING = 0.5;

function contributionsOf(combined: Combined, best: number): Contribution[] {
  const { leading, sources } = combined;
  return [
    ...strongest("task", leading.explainTask(best)),
    ...strongest("difficulty", leading.explain("difficulty")),
    // Nobody asks why something is harmless.
    ...(combined.harmful.value < ALARMING ? [] : strongest("harmful", sources.harmful.explain("harmful"))),
    ...(combined.injection.value < ALARMING
      ? []
      : strongest("injection", sources.injection.explain("injection"))),
  ];
}

function strongest(subject: string, influences: readonly Influence[]): Contribution[] {
  return influences
    .slice(0, CONTRIBUTIONS_EACH)
    .map(({ feature, weight }) => create(ContributionSchema, { subject, feature, weight }));
}

/** The name of a task as people and policies write it, such as "open_qa". */
export function taskName(task: Task): string {
  return TASK_NAMES[task - 1] ?? "other";
}
