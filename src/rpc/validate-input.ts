import {
  LatencyClass,
  type Part,
  Role,
  type RouteInput,
  Task,
  type Turn,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { validateOptions, validateTools } from "./validate-options.ts";
import type { Violations } from "./violations.ts";

/** Bounds of the contract, as the comments of the protos say them. */
const MAX_TURNS = 1_000;
const MAX_PARTS = 256;
const MAX_LABELS = 32;
const MAX_TEXT_CHARACTERS = 4 * 1024 * 1024;

/** Checks the input of a request against the bounds of the contract. @param path where it stands in the request. */
export function validateInput(input: RouteInput | undefined, violations: Violations, path = "input"): void {
  violations.check(input !== undefined, path, "is required");
  if (!input) return;
  const count = input.turns.length;
  violations.check(count > 0, `${path}.turns`, "needs at least one turn");
  violations.check(
    count <= MAX_TURNS,
    `${path}.turns`,
    `has ${count} turns, at most ${MAX_TURNS} are allowed`,
  );
  if (count > MAX_TURNS) return;
  let characters = 0;
  for (const [index, turn] of input.turns.entries()) {
    characters += validateTurn(turn, violations, `${path}.turns[${index}]`);
    if (violations.full) return;
  }
  violations.check(
    characters <= MAX_TEXT_CHARACTERS,
    `${path}.turns`,
    `hold ${characters} characters of text, at most ${MAX_TEXT_CHARACTERS} are allowed`,
  );
  violations.check(
    input.turns.at(-1)?.role !== Role.ASSISTANT,
    `${path}.turns[${count - 1}].role`,
    "the last turn must not be the assistant's",
  );
  violations.check(
    input.turns.some(({ role }) => role !== Role.SYSTEM),
    `${path}.turns`,
    "need at least one turn that is not the system's",
  );
  validateTools(input.tools, violations, `${path}.tools`);
  validateOptions(input, violations, path);
  validateLabels(input.labels, violations, `${path}.labels`);
  validateHints(input, violations, `${path}.hints`);
  violations.check(
    input.conversationId.length <= 128,
    `${path}.conversation_id`,
    "is longer than 128 characters",
  );
}

/** Gives the characters of text in the turn. */
function validateTurn(turn: Turn, violations: Violations, path: string): number {
  violations.check(isOneOf(Role, turn.role), `${path}.role`, "must be one of SYSTEM, USER, ASSISTANT, TOOL");
  violations.check(turn.parts.length > 0, `${path}.parts`, "needs at least one part");
  violations.check(turn.parts.length <= MAX_PARTS, `${path}.parts`, `at most ${MAX_PARTS} parts are allowed`);
  let characters = 0;
  for (const [index, part] of turn.parts.slice(0, MAX_PARTS).entries()) {
    characters += validatePart(part, turn.role, violations, `${path}.parts[${index}]`);
  }
  return characters;
}

function validatePart({ content }: Part, role: Role, violations: Violations, path: string): number {
  switch (content.case) {
    case "text":
      return content.value.length;
    case "media": {
      const { mediaType, source } = content.value;
      violations.check(
        /^[\w.+-]+\/[\w.+-]+$/.test(mediaType) && mediaType.length <= 128,
        `${path}.media.media_type`,
        "must be an IANA media type such as image/png",
      );
      violations.check(source.case !== undefined, `${path}.media`, "needs data or url");
      if (source.case === "data") violations.check(source.value.length > 0, `${path}.media.data`, "is empty");
      if (source.case === "url")
        violations.check(
          isHttpsUrl(source.value),
          `${path}.media.url`,
          "must be an https URL of at most 2048 characters",
        );
      return 0;
    }
    case "toolCall":
      violations.check(role === Role.ASSISTANT, `${path}.tool_call`, "is allowed in assistant turns only");
      violations.check(content.value.name !== "", `${path}.tool_call.name`, "is required");
      violations.check(
        content.value.callId.length <= 128,
        `${path}.tool_call.call_id`,
        "is longer than 128 characters",
      );
      violations.check(
        isJsonOrEmpty(content.value.argumentsJson),
        `${path}.tool_call.arguments_json`,
        "is not JSON",
      );
      return content.value.argumentsJson.length;
    case "toolResult":
      violations.check(role === Role.TOOL, `${path}.tool_result`, "is allowed in tool turns only");
      violations.check(content.value.callId !== "", `${path}.tool_result.call_id`, "is required");
      return content.value.content.length;
    case "reasoning":
      violations.check(role === Role.ASSISTANT, `${path}.reasoning`, "is allowed in assistant turns only");
      return content.value.text.length;
    default:
      violations.check(false, path, "needs one of text, media, tool_call, tool_result, reasoning");
      return 0;
  }
}

function validateLabels(labels: RouteInput["labels"], violations: Violations, path: string): void {
  const entries = Object.entries(labels);
  violations.check(
    entries.length <= MAX_LABELS,
    path,
    `has ${entries.length} labels, at most ${MAX_LABELS} are allowed`,
  );
  for (const [key, value] of entries.slice(0, MAX_LABELS)) {
    violations.check(
      /^[a-z0-9_.-]{1,64}$/.test(key),
      path,
      `key ${JSON.stringify(key.slice(0, 80))} must be 1 to 64 characters out of [a-z0-9_.-]`,
    );
    violations.check(value.length <= 256, `${path}.${key.slice(0, 64)}`, "is longer than 256 characters");
  }
}

function validateHints({ hints }: RouteInput, violations: Violations, path: string): void {
  if (!hints) return;
  violations.check(
    hints.task === Task.UNSPECIFIED || isOneOf(Task, hints.task),
    `${path}.task`,
    "is not a known task",
  );
  violations.check(
    hints.latencyClass === LatencyClass.UNSPECIFIED || isOneOf(LatencyClass, hints.latencyClass),
    `${path}.latency_class`,
    "is not a known latency class",
  );
  violations.check(isFraction(hints.qualityFloor), `${path}.quality_floor`, "must be 0 to 1");
  violations.check(isFraction(hints.difficulty), `${path}.difficulty`, "must be 0 to 1");
  violations.check(hints.region.length <= 64, `${path}.region`, "is longer than 64 characters");
  const { maxLatency } = hints;
  violations.check(
    maxLatency === undefined ||
      (maxLatency.seconds >= 0n &&
        maxLatency.nanos >= 0 &&
        (maxLatency.seconds > 0n || maxLatency.nanos > 0)),
    `${path}.max_latency`,
    "must be more than 0",
  );
}

/** Whether a number is a named value of an enum, the zero excepted. */
function isOneOf(values: Readonly<Record<string, number>>, value: number): boolean {
  return value !== 0 && Object.values(values).includes(value);
}

function isFraction(value: number | undefined): boolean {
  return value === undefined || (value >= 0 && value <= 1);
}

function isHttpsUrl(text: string): boolean {
  return text.length <= 2_048 && URL.parse(text)?.protocol === "https:";
}

function isJsonOrEmpty(text: string): boolean {
  if (text === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
