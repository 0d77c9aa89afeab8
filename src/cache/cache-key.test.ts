import { create, fromJson, type JsonObject } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Role, type RouteInput, RouteInputSchema, TurnSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { cacheKey } from "./cache-key.ts";

const base = {
  turns: [
    { role: "ROLE_SYSTEM", parts: [{ text: "Be brief." }] },
    { role: "ROLE_USER", parts: [{ text: "How far is the moon?" }] },
  ],
  tools: [
    {
      name: "t",
      description: "d",
      parametersSchema: { type: "object", properties: { a: { type: "string" }, b: {} } },
    },
  ],
  options: { temperature: 0, maxOutputTokens: 100, stopSequences: ["x"] },
  responseFormat: { json: { name: "n", schema: { type: "object", required: ["a", "b"] } } },
};

const inputOf = (changes: object = {}): RouteInput =>
  fromJson(RouteInputSchema, { ...structuredClone(base), ...changes } as JsonObject);
const keyOf = (changes: object = {}, more: Partial<Parameters<typeof cacheKey>[0]> = {}): string =>
  cacheKey({ tenant: "acme", policyRevision: "p1", input: inputOf(changes), ...more });

describe("the key of an answer", () => {
  it("is the same for the same question, whatever the order of a schema's fields", () => {
    expect(keyOf()).toBe(keyOf());
    expect(keyOf()).toMatch(/^[0-9a-f]{64}$/);
    const turned = [
      {
        ...base.tools[0],
        parametersSchema: { properties: { b: {}, a: { type: "string" } }, type: "object" },
      },
    ];
    expect(keyOf({ tools: turned })).toBe(keyOf());
  });

  it("does not depend on hints, labels and the conversation's name", () => {
    expect(keyOf({ hints: { task: "TASK_CHAT" }, labels: { a: "b" }, conversationId: "c" })).toBe(keyOf());
  });

  it("differs with whatever may change the answer", () => {
    const [system, user] = base.turns;
    const different = [
      keyOf({}, { tenant: "acme2" }),
      keyOf({}, { policyRevision: "p2" }),
      keyOf({}, { variant: "gpt" }),
      keyOf({}, { tenant: "acmep1", policyRevision: "" }),
      keyOf({ turns: [{ ...system, parts: [{ text: "Be long." }] }, user] }),
      keyOf({ turns: [user] }),
      keyOf({ turns: [system, user, { role: "ROLE_ASSISTANT", parts: [{ text: "" }] }, user] }),
      keyOf({
        turns: [system, { role: "ROLE_USER", parts: [{ text: "How far is" }, { text: " the moon?" }] }],
      }),
      keyOf({ turns: [{ ...system, role: "ROLE_USER" }, user] }),
      keyOf({ tools: [] }),
      keyOf({ tools: [{ ...base.tools[0], description: "e" }] }),
      keyOf({ tools: [{ ...base.tools[0], parametersSchema: { type: "object" } }] }),
      keyOf({ options: { ...base.options, temperature: 1 } }),
      keyOf({ options: { ...base.options, stopSequences: ["y"] } }),
      keyOf({ options: { ...base.options, seed: 1 } }),
      keyOf({ options: null }),
      keyOf({ responseFormat: { text: {} } }),
      keyOf({ responseFormat: { json: { name: "n", schema: { type: "object", required: ["b", "a"] } } } }),
    ];
    expect(new Set([keyOf(), ...different]).size).toBe(different.length + 1);
  });

  it("is never that of another tenant, policy or text, however the pieces are cut", () => {
    const piece = fc.string({ maxLength: 4 });
    const question = fc.record({
      tenant: piece,
      policyRevision: piece,
      variant: piece,
      texts: fc.array(piece, { minLength: 1, maxLength: 3 }),
    });
    const keyFor = ({
      texts,
      ...rest
    }: {
      tenant: string;
      policyRevision: string;
      variant: string;
      texts: string[];
    }) =>
      cacheKey({
        ...rest,
        input: create(RouteInputSchema, {
          turns: texts.map((value) =>
            create(TurnSchema, { role: Role.USER, parts: [{ content: { case: "text", value } }] }),
          ),
        }),
      });
    fc.assert(
      fc.property(question, question, (one, two) => {
        expect(keyFor(one) === keyFor(two)).toBe(JSON.stringify(one) === JSON.stringify(two));
      }),
      { numRuns: 1_000 },
    );
  });
});
