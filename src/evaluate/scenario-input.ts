import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  GenerationOptionsSchema,
  HintsSchema,
  JsonFormatSchema,
  PartSchema,
  ResponseFormatSchema,
  Role,
  type RouteInput,
  RouteInputSchema,
  type Task,
  TaskSchema,
  TurnSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { enumFromWord } from "../lib/enums.ts";
import type { Scenario } from "./scenario-schema.ts";

const ROLES = { system: Role.SYSTEM, user: Role.USER, assistant: Role.ASSISTANT } as const;

/** The conversation of a scenario, a prompt being one of a single turn. */
export function turnsOf({ turns, system, prompt }: Scenario): NonNullable<Scenario["turns"]> {
  if (turns) return turns;
  return [
    ...(system === undefined ? [] : [{ role: "system" as const, text: system }]),
    { role: "user" as const, text: prompt ?? "" },
  ];
}

/** What a scenario asks for, as the service takes it. */
export function scenarioInput(scenario: Scenario): RouteInput {
  const input = create(RouteInputSchema, {
    turns: turnsOf(scenario).map(({ role, text }) =>
      create(TurnSchema, {
        role: ROLES[role],
        parts: [create(PartSchema, { content: { case: "text", value: text } })],
      }),
    ),
    options: create(GenerationOptionsSchema, {
      ...(scenario.max_output_tokens !== undefined && { maxOutputTokens: scenario.max_output_tokens }),
      ...(scenario.temperature !== undefined && { temperature: scenario.temperature }),
    }),
    hints: create(HintsSchema, {
      ...(scenario.task !== undefined && { task: enumFromWord(TaskSchema, scenario.task) as Task }),
      ...(scenario.difficulty !== undefined && { difficulty: scenario.difficulty }),
    }),
    labels: scenario.labels,
  });
  if (scenario.response_schema !== undefined) input.responseFormat = jsonFormat(scenario.response_schema);
  return input;
}

/** An answer in JSON, of the given schema where there is one. */
export function jsonFormat(
  schema: true | Readonly<Record<string, unknown>>,
): NonNullable<RouteInput["responseFormat"]> {
  const format = create(JsonFormatSchema, {});
  if (schema !== true) format.schema = schema as JsonObject;
  return create(ResponseFormatSchema, { format: { case: "json", value: format } });
}
