import { create, type JsonObject } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type RouteInput, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { visitInputStrings } from "./input-strings.ts";
import { mapInputStrings } from "./map-input.ts";

const text = fc.oneof(fc.string(), fc.json(), fc.constant('{"password": "a b", "n": 123456789, "x": ["y"]}'));
const part = fc.oneof(
  text.map((value) => ({ content: { case: "text" as const, value } })),
  text.map((value) => ({ content: { case: "reasoning" as const, value: { text: value } } })),
  text.map((argumentsJson) => ({ content: { case: "toolCall" as const, value: { argumentsJson } } })),
  text.map((content) => ({ content: { case: "toolResult" as const, value: { content } } })),
  text.map((value) => ({
    content: { case: "media" as const, value: { source: { case: "url" as const, value } } },
  })),
  fc.constant({
    content: {
      case: "media" as const,
      value: { source: { case: "data" as const, value: new Uint8Array(2) } },
    },
  }),
);
const schema = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;
const inputs: fc.Arbitrary<RouteInput> = fc
  .record({
    turns: fc.array(fc.record({ parts: fc.array(part, { maxLength: 3 }) }), { maxLength: 3 }),
    tools: fc.array(
      fc.record(
        { description: text, parametersSchema: fc.option(schema, { nil: undefined }) },
        { requiredKeys: ["description"] },
      ),
      { maxLength: 2 },
    ),
    options: fc.option(fc.record({ stopSequences: fc.array(text, { maxLength: 2 }) }), { nil: undefined }),
    responseFormat: fc.option(
      schema.map((value) => ({ format: { case: "json" as const, value: { schema: value } } })),
      { nil: undefined },
    ),
    labels: fc.dictionary(fc.string(), text, { maxKeys: 3 }),
  })
  .map((given) => create(RouteInputSchema, given as never));

it("visits the strings that are replaced, by the same names and in the same order, whatever they are replaced by", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const visited: [string, string | undefined][] = [];
      visitInputStrings(input, (value, name) => visited.push([value, name]));
      const replaced: [string, string | undefined][] = [];
      mapInputStrings(input, (value, name) => {
        replaced.push([value, name]);
        return `${value}!`;
      });
      expect(visited).toEqual(replaced);
    }),
    { numRuns: 300 },
  );
});
