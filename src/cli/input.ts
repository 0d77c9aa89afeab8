import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  GenerationOptionsSchema,
  type Hints,
  HintsSchema,
  LatencyClassSchema,
  PartSchema,
  Role,
  type RouteInput,
  RouteInputSchema,
  TaskSchema,
  type Turn,
  TurnSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { enumFromWord } from "../lib/enums.ts";

/** What a person may say about a request on the command line. */
export interface InputOptions {
  readonly system?: string;
  readonly task?: string;
  readonly latencyClass?: string;
  readonly qualityFloor?: string;
  readonly costCeiling?: string;
  readonly region?: string;
  readonly maxTokens?: string;
  readonly maxLatency?: string;
  readonly conversation?: string;
  readonly label?: readonly string[];
}

/** A mistake on the command line; the message says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Makes the input of a request out of a prompt and options. @throws UsageError */
export function inputOf(prompt: string, options: InputOptions): RouteInput {
  const turns = [turn(Role.USER, prompt)];
  if (options.system) turns.unshift(turn(Role.SYSTEM, options.system));
  const input = create(RouteInputSchema, {
    turns,
    hints: hintsOf(options),
    labels: Object.fromEntries((options.label ?? []).map(parseLabel)),
    conversationId: options.conversation ?? "",
  });
  if (options.maxTokens) {
    input.options = create(GenerationOptionsSchema, {
      maxOutputTokens: number("--max-tokens", options.maxTokens),
    });
  }
  return input;
}

function hintsOf(options: InputOptions): Hints {
  const hints = create(HintsSchema, { region: options.region ?? "" });
  if (options.task) hints.task = word(TaskSchema, "--task", options.task) as Hints["task"];
  if (options.latencyClass) {
    hints.latencyClass = word(
      LatencyClassSchema,
      "--latency-class",
      options.latencyClass,
    ) as Hints["latencyClass"];
  }
  if (options.qualityFloor) hints.qualityFloor = number("--quality-floor", options.qualityFloor);
  if (options.costCeiling)
    hints.costCeilingMicros = Math.round(number("--cost-ceiling", options.costCeiling) * 1e6);
  if (options.maxLatency)
    hints.maxLatency = durationFromMs(number("--max-latency", options.maxLatency) * 1000);
  return hints;
}

function turn(role: Role, text: string): Turn {
  return create(TurnSchema, {
    role,
    parts: [create(PartSchema, { content: { case: "text", value: text } })],
  });
}

function parseLabel(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--label wants NAME=VALUE, not ${JSON.stringify(text)}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function number(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new UsageError(`${option} wants a number, not ${JSON.stringify(text)}.`);
  return value;
}

function word(schema: Parameters<typeof enumFromWord>[0], option: string, text: string): number {
  const value = enumFromWord(schema, text);
  if (value !== undefined && value !== 0) return value;
  const known = schema.values
    .filter(({ number: value }) => value !== 0)
    .map(({ localName }) => localName.toLowerCase());
  throw new UsageError(`${option} wants one of ${known.join(", ")}, not ${JSON.stringify(text)}.`);
}
