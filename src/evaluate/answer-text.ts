import type { Completion } from "#gen/pointsman/v1/completion_pb.ts";

/** The text of an answer; thoughts and calls of tools are no part of it. */
export function textOf(completion: Completion): string {
  return completion.parts.map(({ content }) => (content.case === "text" ? content.value : "")).join("");
}
