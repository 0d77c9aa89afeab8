import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Role, RouteInputSchema, ToolChoice_Mode } from "#gen/pointsman/v1/route_input_pb.ts";
import { continuesFormer, readConversation } from "./conversation.ts";

const text = (value: string) => ({ content: { case: "text" as const, value } });
const result = (content: string) => ({ content: { case: "toolResult" as const, value: { content } } });

test("reads the last request, the three before it latest first, and the system prompts", () => {
  const turns = [
    { role: Role.SYSTEM, parts: [text("Be kind.")] },
    ...["one", "two", "three", "four", "five"].map((value) => ({ role: Role.USER, parts: [text(value)] })),
    { role: Role.SYSTEM, parts: [text("Be short.")] },
  ];
  expect(readConversation(create(RouteInputSchema, { turns }))).toMatchObject({
    current: "five",
    former: ["four", "three", "two"],
    system: "Be kind.\nBe short.",
    awaitsToolResult: false,
  });
});

test("only what tools sent since the last request is foreign, and at most eight of it", () => {
  const tool = (content: string) => ({ role: Role.TOOL, parts: [result(content)] });
  const turns = [
    { role: Role.USER, parts: [text("first")] },
    tool("old"),
    { role: Role.USER, parts: [text("then"), text("this")] },
    ...Array.from({ length: 10 }, (_, index) => tool(`page ${index}`)),
  ];
  const { current, foreign, awaitsToolResult } = readConversation(create(RouteInputSchema, { turns }));
  expect(current).toBe("then\n\nthis");
  expect(foreign).toHaveLength(8);
  expect(foreign).toContain("page 9");
  expect(foreign).not.toContain("old");
  expect(awaitsToolResult).toBe(true);
});

test("tools that may not be called are not seen", () => {
  const tools = [{ name: "search", description: "Find pages" }];
  const offered = (mode: ToolChoice_Mode) =>
    readConversation(create(RouteInputSchema, { tools, options: { toolChoice: { mode } } }));
  expect(offered(ToolChoice_Mode.REQUIRED)).toMatchObject({
    tools: ["search Find pages"],
    toolRequired: true,
  });
  expect(offered(ToolChoice_Mode.NONE).tools).toEqual([]);
});

test.each(["ok", "Yes, go ahead!", "继续", "weiter bitte", "ещё раз", "...", "sí, adelante"])(
  "%s only goes on",
  (turn) => {
    expect(continuesFormer(turn)).toBe(true);
  },
);

test.each(["thanks", "hello", "now in French", "ok but why does it fail?", "go on ".repeat(30)])(
  "%s asks or says something",
  (turn) => {
    expect(continuesFormer(turn)).toBe(false);
  },
);
