import { type RouteInput, type Tool, ToolChoice_Mode } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Violations } from "./violations.ts";

const MAX_TOOLS = 128;
const MAX_OUTPUT_TOKENS = 1_000_000;

/** Checks the tools of a request. */
export function validateTools(tools: readonly Tool[], violations: Violations, path: string): void {
  violations.check(
    tools.length <= MAX_TOOLS,
    path,
    `has ${tools.length} tools, at most ${MAX_TOOLS} are allowed`,
  );
  const names = new Set<string>();
  for (const [index, tool] of tools.slice(0, MAX_TOOLS).entries()) {
    const at = `${path}[${index}]`;
    violations.check(
      /^[a-zA-Z0-9_-]{1,64}$/.test(tool.name),
      `${at}.name`,
      "must be 1 to 64 characters out of [a-zA-Z0-9_-]",
    );
    violations.check(!names.has(tool.name), `${at}.name`, `${tool.name} is there twice`);
    violations.check(tool.description.length <= 16_384, `${at}.description`, "is longer than 16 KiB");
    names.add(tool.name);
  }
}

/** Checks how an answer is to be generated, and its form. */
export function validateOptions(input: RouteInput, violations: Violations, path: string): void {
  const { options, responseFormat, tools } = input;
  if (responseFormat?.format.case === "json") {
    const { name } = responseFormat.format.value;
    violations.check(
      /^[a-zA-Z0-9_-]{0,64}$/.test(name),
      `${path}.response_format.json.name`,
      "must be at most 64 characters out of [a-zA-Z0-9_-]",
    );
  }
  if (!options) return;
  const at = `${path}.options`;
  const { maxOutputTokens, temperature, topP, stopSequences, toolChoice } = options;
  violations.check(
    maxOutputTokens === undefined || (maxOutputTokens >= 1 && maxOutputTokens <= MAX_OUTPUT_TOKENS),
    `${at}.max_output_tokens`,
    `must be 1 to ${MAX_OUTPUT_TOKENS}`,
  );
  violations.check(
    temperature === undefined || (temperature >= 0 && temperature <= 2),
    `${at}.temperature`,
    "must be 0 to 2",
  );
  violations.check(
    topP === undefined || (topP > 0 && topP <= 1),
    `${at}.top_p`,
    "must be over 0 and at most 1",
  );
  violations.check(stopSequences.length <= 4, `${at}.stop_sequences`, "at most 4 are allowed");
  violations.check(
    stopSequences.every((stop) => stop.length >= 1 && stop.length <= 64),
    `${at}.stop_sequences`,
    "each must be 1 to 64 characters",
  );
  if (!toolChoice) return;
  const known = Object.values(ToolChoice_Mode).includes(toolChoice.mode as never);
  violations.check(known, `${at}.tool_choice.mode`, "must be one of AUTO, NONE, REQUIRED");
  violations.check(
    toolChoice.name === "" || tools.some(({ name }) => name === toolChoice.name),
    `${at}.tool_choice.name`,
    `${toolChoice.name.slice(0, 64)} is not among the tools`,
  );
  violations.check(
    toolChoice.mode !== ToolChoice_Mode.REQUIRED || tools.length > 0,
    `${at}.tool_choice.mode`,
    "REQUIRED needs at least one tool",
  );
}
