import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Part, RouteInput, Tool, Turn } from "#gen/pointsman/v1/route_input_pb.ts";
import { type ReplaceValue, replaceInJson } from "./json-text.ts";

/**
 * A copy of a request in which every string that a provider, a cache or a record would see went through `replace`, always
 * in the same order. Names, ids (the conversation's too) and opaque tokens stay: they join things, and two persons' ids that
 * became the same placeholder would be joined. Nothing in `input` changes.
 */
export function mapInputStrings(input: RouteInput, replace: ReplaceValue): RouteInput {
  const copy: RouteInput = { ...input };
  copy.turns = input.turns.map((turn) => mapTurn(turn, replace));
  copy.tools = input.tools.map((tool) => mapTool(tool, replace));
  if (input.options !== undefined) {
    const stopSequences = input.options.stopSequences.map((text) => replace(text, undefined));
    copy.options = { ...input.options, stopSequences };
  }
  const format = input.responseFormat?.format;
  if (input.responseFormat !== undefined && format?.case === "json" && format.value.schema !== undefined) {
    const value = { ...format.value, schema: mapObject(format.value.schema, replace) };
    copy.responseFormat = { ...input.responseFormat, format: { case: "json", value } };
  }
  copy.labels = Object.fromEntries(
    Object.entries(input.labels).map(([key, value]) => [key, replace(value, key)]),
  );
  return copy;
}

function mapTurn(turn: Turn, replace: ReplaceValue): Turn {
  return { ...turn, parts: turn.parts.map((part) => mapPart(part, replace)) };
}

function mapPart(part: Part, replace: ReplaceValue): Part {
  const { content } = part;
  switch (content.case) {
    case "text":
      return { ...part, content: { case: "text", value: replace(content.value, undefined) } };
    case "reasoning": {
      const value = { ...content.value, text: replace(content.value.text, undefined) };
      return { ...part, content: { case: "reasoning", value } };
    }
    case "toolCall": {
      const value = { ...content.value, argumentsJson: mapJsonOrText(content.value.argumentsJson, replace) };
      return { ...part, content: { case: "toolCall", value } };
    }
    case "toolResult": {
      const value = { ...content.value, content: mapJsonOrText(content.value.content, replace) };
      return { ...part, content: { case: "toolResult", value } };
    }
    case "media": {
      const { source } = content.value;
      if (source.case !== "url") return part;
      const value = {
        ...content.value,
        source: { case: "url" as const, value: replace(source.value, undefined) },
      };
      return { ...part, content: { case: "media", value } };
    }
    case undefined:
      return part;
  }
}

function mapTool(tool: Tool, replace: ReplaceValue): Tool {
  const copy: Tool = { ...tool, description: replace(tool.description, undefined) };
  if (tool.parametersSchema !== undefined) copy.parametersSchema = mapObject(tool.parametersSchema, replace);
  return copy;
}

function mapJsonOrText(text: string, replace: ReplaceValue): string {
  return replaceInJson(text, replace) ?? replace(text, undefined);
}

/** Schemas keep their keys: those are the names of arguments. */
function mapObject(object: JsonObject, replace: ReplaceValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, mapValue(value, replace)]));
}

function mapValue(value: JsonValue, replace: ReplaceValue): JsonValue {
  if (typeof value === "string") return replace(value, undefined);
  if (Array.isArray(value)) return value.map((item) => mapValue(item, replace));
  return value !== null && typeof value === "object" ? mapObject(value, replace) : value;
}
