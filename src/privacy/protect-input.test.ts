import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Role, type RouteInput, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { inspectInput, protectInput } from "./protect-input.ts";
import { createProtector } from "./protector.ts";

const input: RouteInput = create(RouteInputSchema, {
  turns: [
    { role: Role.SYSTEM, parts: [{ content: { case: "text", value: "Help Ann at ann@example.org." } }] },
    { role: Role.USER, parts: [{ content: { case: "text", value: "Log in with Zx9kQw77! please." } }] },
    {
      role: Role.ASSISTANT,
      parts: [
        {
          content: {
            case: "toolCall",
            value: {
              callId: "c1",
              name: "log_in",
              argumentsJson:
                '{"user": "ann@example.org", "password":"Zx9kQw77!", "big": 12345678901234567890.50, "card": 4111111111111111}',
            },
          },
        },
      ],
    },
    {
      role: Role.TOOL,
      parts: [
        {
          content: {
            case: "toolResult",
            value: { callId: "c1", name: "log_in", content: "welcome ann@example.org" },
          },
        },
      ],
    },
    {
      role: Role.USER,
      parts: [
        {
          content: {
            case: "media",
            value: { mediaType: "image/png", source: { case: "data", value: new Uint8Array([1, 2]) } },
          },
        },
        { content: { case: "text", value: "Thanks" } },
      ],
    },
  ],
  tools: [
    {
      name: "log_in",
      description: "Asks ops@example.org if in doubt.",
      parametersSchema: {
        type: "object",
        properties: { user: { type: "string", default: "ann@example.org" } },
      },
    },
  ],
  labels: { owner: "ann@example.org", team: "blue" },
  conversationId: "c-1",
});

describe("protectInput", () => {
  const protector = createProtector([{ kinds: ["all"], action: "tokenise" }]);
  const before = toBinary(RouteInputSchema, input);
  const result = protectInput(input, protector);
  const sent = new TextDecoder().decode(toBinary(RouteInputSchema, result.input));

  it("lets no value through in any string, and leaves the original alone", () => {
    for (const value of ["ann@example.org", "ops@example.org", "Zx9kQw77!", "4111111111111111"])
      expect(sent).not.toContain(value);
    expect(toBinary(RouteInputSchema, input)).toEqual(before);
  });

  it("gives the same value the same placeholder everywhere, also where only another turn gives it away", () => {
    expect(result.input.turns[0]!.parts[0]!.content.value).toContain("at [EMAIL_1].");
    expect(result.input.turns[1]!.parts[0]!.content.value).toBe("Log in with [PASSWORD_1] please.");
    expect(result.input.labels).toEqual({ owner: "[EMAIL_1]", team: "blue" });
  });

  it("keeps arguments valid and every other byte of them", () => {
    const { content } = result.input.turns[2]!.parts[0]!;
    expect(content.case === "toolCall" && content.value.argumentsJson).toBe(
      '{"user": "[EMAIL_1]", "password":"[PASSWORD_1]", "big": 12345678901234567890.50, "card": "[PAYMENT_CARD_1]"}',
    );
  });

  it("counts what it found", () => {
    expect(result.sensitivity).toMatchObject({
      secretCount: 1,
      kinds: { email: 6, password: 1, payment_card: 1 },
    });
    expect(result.blockedKinds).toEqual([]);
    expect(inspectInput(input).sensitivity).toEqual(result.sensitivity);
  });

  it("restores a streamed tool call to the caller's own arguments", () => {
    const restorer = protector.restorer("json");
    const pieces = ['{"user":"[EM', "AIL_", '1]","password":"[PASSWORD_1', ']"}'];
    expect(pieces.map((piece) => restorer.push(piece)).join("") + restorer.end()).toBe(
      '{"user":"ann@example.org","password":"Zx9kQw77!"}',
    );
  });
});
