import { create } from "@bufbuild/protobuf";
import {
  type Budget,
  BudgetSchema,
  type Caller,
  type Facts,
  FactsSchema,
  Modality,
  RiskSchema,
  type Sensitivity,
  type WarmPrefix,
} from "#gen/pointsman/v1/facts_pb.ts";
import { HintsSchema, type RouteInput, Task, ToolChoice_Mode } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Scorecard } from "#gen/pointsman/v1/scorecard_pb.ts";
import type { Classification } from "../classify/classifier.ts";
import { outputFor } from "../scorecard/lookup.ts";

/** What facts are made of. */
export interface FactSources {
  readonly caller: Caller;
  readonly input: RouteInput;
  readonly classification: Classification;
  readonly sensitivity: Sensitivity;
  readonly budget: Budget;
  /** Sorted. */
  readonly unavailableTargetIds: string[];
  readonly warmPrefix: WarmPrefix | undefined;
  /** 0 to 1. */
  readonly draw: number;
  readonly streaming: boolean;
  readonly scorecard: Scorecard;
  /** What prompts like this one say of targets; sorted. */
  readonly successAdjustments: Record<string, number>;
}

/** Output tokens to expect where nothing at all is known of a task. */
const DEFAULT_OUTPUT_TOKENS = 300;

/** Writes down all that policy and choice may look at. A caller's hints count more than the classifier. */
export function buildFacts(sources: FactSources): Facts {
  const { classification, input } = sources;
  const hints = input.hints ?? create(HintsSchema);
  const hinted = hints.task !== Task.UNSPECIFIED;
  const task = hinted ? hints.task : classification.task;
  const maxOutputTokens = input.options?.maxOutputTokens ?? 0;
  const predicted = Math.round(outputFor(sources.scorecard, task)?.tokens ?? DEFAULT_OUTPUT_TOKENS);
  return {
    $typeName: FactsSchema.typeName,
    caller: sources.caller,
    task,
    taskConfidence: hinted ? 1 : shorten(classification.taskConfidence),
    difficulty: shorten(hints.difficulty ?? classification.difficulty),
    difficultyConfidence: hints.difficulty === undefined ? shorten(classification.difficultyConfidence) : 1,
    language: classification.language,
    inputTokens: classification.inputTokenEstimate,
    predictedOutputTokens: maxOutputTokens > 0 ? Math.min(predicted, maxOutputTokens) : predicted,
    maxOutputTokens,
    turnCount: input.turns.length,
    modalities: modalitiesOf(input),
    toolCount: input.tools.length,
    jsonOutput: input.responseFormat?.format.case === "json",
    sensitivity: sources.sensitivity,
    risk: {
      $typeName: RiskSchema.typeName,
      harmful: shorten(classification.harmfulScore),
      injection: shorten(classification.injectionScore),
      harmfulConfidence: shorten(classification.harmfulConfidence),
      injectionConfidence: shorten(classification.injectionConfidence),
    },
    labels: input.labels,
    hints,
    budget: sources.budget,
    unavailableTargetIds: sources.unavailableTargetIds,
    ...(sources.warmPrefix && { warmPrefix: sources.warmPrefix }),
    draw: sources.draw,
    streaming: sources.streaming,
    conversationId: input.conversationId,
    successAdjustments: sources.successAdjustments,
    toolRequired: input.options?.toolChoice?.mode === ToolChoice_Mode.REQUIRED,
  };
}

/** The budget of a caller to whom no budget applies. */
export function unlimitedBudget(): Budget {
  return create(BudgetSchema, { remaining: Number.POSITIVE_INFINITY, remainingShare: 1 });
}

/** What the turns contain, each once, in enum order. */
function modalitiesOf(input: RouteInput): Modality[] {
  const found = new Set<Modality>();
  for (const { parts } of input.turns) {
    for (const { content } of parts) {
      found.add(content.case === "media" ? mediaModality(content.value.mediaType) : Modality.TEXT);
    }
  }
  return [...found].sort((left, right) => left - right);
}

function mediaModality(mediaType: string): Modality {
  if (mediaType.startsWith("image/")) return Modality.IMAGE;
  if (mediaType.startsWith("audio/")) return Modality.AUDIO;
  return Modality.DOCUMENT;
}

/** Four digits say all that an estimate knows, and read well in a record. */
function shorten(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
