import type { Media, Part, RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { estimateTokens } from "./token-estimate.ts";

/** Tokens that frame a turn, and those that introduce tools or a schema. */
const TURN_OVERHEAD = 4;
/** What a picture of usual size costs; providers differ between about 260 and 1,600. */
const IMAGE_TOKENS = 800;
/** Sound at about 32 tokens a second and 16 KB a second. */
const AUDIO_BYTES_PER_TOKEN = 500;
/** A page of a PDF has about 1,500 tokens and 50 KB. */
const DOCUMENT_BYTES_PER_TOKEN = 33;
/** A medium that is given by its address only. */
const UNKNOWN_MEDIA_TOKENS = 1_500;

/** Estimate the input tokens of a whole request: all turns, tools and schemas, in any language. */
export function estimateInputTokens(input: RouteInput): number {
  let tokens = 3;
  for (const turn of input.turns) {
    tokens += TURN_OVERHEAD;
    for (const part of turn.parts) tokens += partTokens(part);
  }
  for (const tool of input.tools) {
    tokens +=
      8 + estimateTokens(tool.name) + estimateTokens(tool.description) + jsonTokens(tool.parametersSchema);
  }
  if (input.responseFormat?.format.case === "json")
    tokens += 8 + jsonTokens(input.responseFormat.format.value.schema);
  return Math.ceil(tokens);
}

function jsonTokens(value: object | undefined): number {
  return value === undefined ? 0 : estimateTokens(JSON.stringify(value));
}

function partTokens(part: Part): number {
  switch (part.content.case) {
    case "text":
      return estimateTokens(part.content.value);
    case "media":
      return mediaTokens(part.content.value);
    case "toolCall":
      return 6 + estimateTokens(part.content.value.name) + estimateTokens(part.content.value.argumentsJson);
    case "toolResult":
      return 6 + estimateTokens(part.content.value.content);
    case "reasoning":
      return estimateTokens(part.content.value.text);
    case undefined:
      return 0;
  }
}

function mediaTokens(media: Media): number {
  if (media.mediaType.startsWith("image/")) return IMAGE_TOKENS;
  if (media.source.case !== "data") return UNKNOWN_MEDIA_TOKENS;
  const perToken = media.mediaType.startsWith("audio/") ? AUDIO_BYTES_PER_TOKEN : DOCUMENT_BYTES_PER_TOKEN;
  return Math.ceil(media.source.value.length / perToken);
}
