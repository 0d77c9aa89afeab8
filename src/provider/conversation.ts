import type { Part, RouteInput, ToolChoice, ToolResult } from "#gen/pointsman/v1/route_input_pb.ts";
import { ToolChoice_Mode } from "#gen/pointsman/v1/route_input_pb.ts";

/** The name of the tool that a result answers: its own, or that of the call in an earlier turn; undefined where there is none. */
export function toolNameOf(input: RouteInput, result: ToolResult): string | undefined {
  if (result.name !== "") return result.name;
  for (const turn of input.turns) {
    for (const part of turn.parts) {
      if (part.content.case === "toolCall" && part.content.value.callId === result.callId) {
        return part.content.value.name;
      }
    }
  }
  return undefined;
}

/** The text of parts that are all text, a line break between them; undefined where another kind is among them. */
export function onlyText(parts: readonly Part[]): string | undefined {
  let text: string | undefined;
  for (const part of parts) {
    if (part.content.case !== "text") return undefined;
    text = text === undefined ? part.content.value : `${text}\n${part.content.value}`;
  }
  return text;
}

/** How tools may be used, as one of four cases. */
export type ToolUse =
  | { readonly type: "auto" }
  | { readonly type: "none" }
  | { readonly type: "required" }
  | { readonly type: "named"; readonly name: string };

/** Reads a tool choice; a name without a mode demands that tool. */
export function readToolUse(choice: ToolChoice | undefined): ToolUse {
  if (choice === undefined) return { type: "auto" };
  if (choice.mode === ToolChoice_Mode.NONE) return { type: "none" };
  if (choice.name !== "") return { type: "named", name: choice.name };
  return { type: choice.mode === ToolChoice_Mode.REQUIRED ? "required" : "auto" };
}

/** Bytes as a data URL. */
export function dataUrl(mediaType: string, data: Uint8Array): string {
  return `data:${mediaType};base64,${base64(data)}`;
}

/** Bytes in base 64. */
export function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}
