import type { JsonValue } from "@bufbuild/protobuf";
import type { Part, RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { type ReplaceValue, replaceInJson } from "./json-text.ts";

/** Told of one string; `name` is the key that it stands under in JSON or as a label, undefined elsewhere. */
export type VisitString = (text: string, name: string | undefined) => void;

/**
 * Shows every string that `mapInputStrings` would replace, in its order, and makes no copy: each request is looked through,
 * and few hold anything to replace.
 */
export function visitInputStrings(input: RouteInput, visit: VisitString): void {
  const keep: ReplaceValue = (text, name) => {
    visit(text, name);
    return text;
  };
  for (const { parts } of input.turns) for (const part of parts) visitPart(part, visit, keep);
  for (const { description, parametersSchema } of input.tools) {
    visit(description, undefined);
    if (parametersSchema !== undefined) visitValue(parametersSchema, visit);
  }
  for (const text of input.options?.stopSequences ?? []) visit(text, undefined);
  const format = input.responseFormat?.format;
  if (format?.case === "json" && format.value.schema !== undefined) visitValue(format.value.schema, visit);
  for (const name of Object.keys(input.labels)) visit(input.labels[name]!, name);
}

function visitPart({ content }: Part, visit: VisitString, keep: ReplaceValue): void {
  switch (content.case) {
    case "text":
      visit(content.value, undefined);
      break;
    case "reasoning":
      visit(content.value.text, undefined);
      break;
    case "toolCall":
      visitJsonOrText(content.value.argumentsJson, visit, keep);
      break;
    case "toolResult":
      visitJsonOrText(content.value.content, visit, keep);
      break;
    case "media":
      if (content.value.source.case === "url") visit(content.value.source.value, undefined);
      break;
    case undefined:
      break;
  }
}

function visitJsonOrText(text: string, visit: VisitString, keep: ReplaceValue): void {
  if (replaceInJson(text, keep) === undefined) visit(text, undefined);
}

function visitValue(value: JsonValue, visit: VisitString): void {
  if (typeof value === "string") visit(value, undefined);
  else if (Array.isArray(value)) for (const item of value) visitValue(item, visit);
  else if (value !== null && typeof value === "object")
    for (const key of Object.keys(value)) visitValue(value[key]!, visit);
}
