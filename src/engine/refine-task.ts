import { clone, create } from "@bufbuild/protobuf";
import { type Attempt, AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import { type Decision, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import { type Facts, FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import {
  GenerationOptionsSchema,
  PartSchema,
  Role,
  type RouteInput,
  RouteInputSchema,
  Task,
  TaskSchema,
  TurnSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";
import type { Scorecard } from "#gen/pointsman/v1/scorecard_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumFromWord, enumWord } from "../lib/enums.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Inspection } from "./guard.ts";
import { startAttempt } from "./start-attempt.ts";
import type { World } from "./world.ts";

/** What asking a target about the task needs. */
export interface RefineContext {
  readonly input: RouteInput;
  readonly inspection: Inspection;
  readonly world: World;
  readonly scorecard: Scorecard;
  readonly signal: AbortSignal;
}

/** What came of asking. */
export interface Refined {
  /** New facts; undefined where no useful answer came. */
  readonly facts: Facts | undefined;
  /** The call, to be recorded and paid for. */
  readonly attempt: Attempt;
}

/** Characters of the last turn that are shown to the target. */
const SHOWN_CHARACTERS = 4_000;
/** How sure we are of a task that a target named. */
const ASKED_CONFIDENCE = 0.9;

/**
 * Asks a target what the task is, where policy wants that and the classifier is unsure. Undefined where nothing
 * is to be asked. Without a useful answer in time the classifier's own view stands.
 */
export async function refineTask(
  parts: EngineParts,
  decision: Decision,
  context: RefineContext,
): Promise<Refined | undefined> {
  const effect = decision.plan?.classify;
  const { facts } = decision;
  if (!effect || !facts || decision.verdict !== Verdict.ROUTE) return undefined;
  if (facts.taskConfidence >= (effect.belowConfidence ?? 0.5)) return undefined;
  const timeout = AbortSignal.timeout(effect.timeout ? toMilliseconds(effect.timeout) : 1_000);
  const protectedInput = context.inspection.protect(decision).input;
  const run = startAttempt(parts, {
    world: context.world,
    targetId: effect.target,
    input: question(protectedInput),
    streaming: false,
    callId: `${decision.id}-task`,
    index: 0,
    silenceMs: 60_000,
    hedge: false,
    shadow: true,
  });
  if (!run) return undefined;
  const onAbort = (): void => run.cancel(new Error("the classification took too long"));
  timeout.addEventListener("abort", onAbort, { once: true });
  context.signal.addEventListener("abort", onAbort, { once: true });
  let answer = "";
  let attempt: Attempt;
  try {
    for (let event = await run.next(); event && event.type !== "finished"; event = await run.next()) {
      if (event.type === "text_delta") answer += event.text;
    }
    attempt = run.settle(AttemptState.SUCCEEDED);
  } catch (error) {
    return { facts: undefined, attempt: run.settle(AttemptState.FAILED, error) };
  } finally {
    context.signal.removeEventListener("abort", onAbort);
  }
  const task = enumFromWord(
    TaskSchema,
    answer
      .trim()
      .toLowerCase()
      .replace(/[^a-z_]/g, ""),
  );
  if (task === undefined || task === Task.UNSPECIFIED) return { facts: undefined, attempt };
  const refined = clone(FactsSchema, facts);
  refined.task = task as Task;
  refined.taskConfidence = ASKED_CONFIDENCE;
  return { facts: refined, attempt };
}

function question(input: RouteInput): RouteInput {
  const words = TaskSchema.values
    .filter(({ number }) => number !== Task.UNSPECIFIED)
    .map(({ number }) => enumWord(TaskSchema, number));
  const last =
    input.turns
      .at(-1)
      ?.parts.map(({ content }) => (content.case === "text" ? content.value : ""))
      .join("\n") ?? "";
  return create(RouteInputSchema, {
    turns: [
      turn(
        Role.SYSTEM,
        `Name the kind of work that the user asks for. Answer with exactly one of: ${words.join(", ")}.`,
      ),
      turn(Role.USER, last.slice(0, SHOWN_CHARACTERS)),
    ],
    options: create(GenerationOptionsSchema, { maxOutputTokens: 16, temperature: 0 }),
  });
}

function turn(role: Role, text: string): RouteInput["turns"][number] {
  return create(TurnSchema, {
    role,
    parts: [create(PartSchema, { content: { case: "text", value: text } })],
  });
}
