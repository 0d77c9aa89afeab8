import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import { RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { createByteSink } from "./byte-sink.ts";
import { compileEncoder } from "./message-encoder.ts";

/** Any message of a kind, down to a depth. */
function arbitrary(schema: DescMessage, depth: number): fc.Arbitrary<Message> {
  const parts: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of schema.members) {
    if (member.kind === "oneof") {
      const choices = member.fields
        .filter((field) => depth > 0 || !field.message)
        .map((field) => single(field, depth).map((value) => ({ case: field.localName, value })));
      parts[member.localName] = fc.oneof(fc.constant({ case: undefined }), ...choices);
    } else if (depth > 0 || !member.message) parts[member.localName] = fieldValue(member, depth);
  }
  return fc.record(parts, { requiredKeys: [] }).map((fields) => create(schema, fields));
}

function fieldValue(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.fieldKind === "list") return fc.array(single(field, depth), { maxLength: 3 });
  if (field.fieldKind !== "map") return single(field, depth);
  const key = field.mapKey === ScalarType.STRING ? fc.string({ unit: "grapheme" }) : fc.nat().map(String);
  return fc.dictionary(key, single(field, depth), { maxKeys: 3 });
}

function single(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message) return arbitrary(field.message, depth - 1);
  if (field.enum) return fc.constantFrom(...field.enum.values.map(({ number }) => number), -1);
  switch (field.scalar) {
    case ScalarType.STRING:
      return fc.oneof(fc.string({ unit: "binary" }), fc.string({ minLength: 100, maxLength: 300 }));
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 200 });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
      return fc.oneof(fc.double(), fc.constant(-0));
    case ScalarType.UINT32:
      return fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 0xffff_ffff }));
    case ScalarType.INT64:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.UINT64:
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    default:
      return fc.integer();
  }
}

const encode = compileEncoder(EntrySchema);

test("whatever an entry holds, the bytes are those of toBinary, wherever they stand in the sink", () => {
  fc.assert(
    fc.property(fc.array(arbitrary(EntrySchema, 4), { minLength: 1, maxLength: 4 }), (entries) => {
      // Almost no room, so that the sink grows in the middle of everything.
      const sink = createByteSink(1);
      for (const entry of entries) encode(sink, entry as never);
      const expected = Buffer.concat(entries.map((entry) => toBinary(EntrySchema, entry as never)));
      expect(sink.bytes.subarray(0, sink.length).equals(expected)).toBe(true);
    }),
  );
});

test("lengths of every width of a varint, and fields nobody knows, are written as toBinary writes them", () => {
  const sink = createByteSink(0);
  for (const size of [0, 127, 128, 16_383, 16_384, 2_097_152]) {
    const value = { message: "ä".repeat(size / 2) };
    const entry = create(EntrySchema, { tenant: "t".repeat(size), event: { case: "notice", value } });
    entry.$unknown = [{ no: 900, wireType: 0, data: Uint8Array.of(5) }];
    sink.length = 0;
    encode(sink, entry);
    expect(sink.bytes.subarray(0, sink.length).equals(toBinary(EntrySchema, entry))).toBe(true);
  }
});

test("fields that are not there are not set, and numbers that fit no field are refused", () => {
  const sink = createByteSink(0);
  encode(sink, { tenant: "a" });
  expect([...sink.bytes.subarray(0, sink.length)]).toEqual([42, 1, 97]);
  const attempted = create(EntrySchema, {
    event: { case: "attempted", value: { attempt: { costMicros: 1.5 } } },
  });
  expect(() => encode(sink, attempted)).toThrow("uint32");
});

test("an object of JSON is written as toBinary writes it", () => {
  const input = create(RouteInputSchema, {
    tools: [
      {
        name: "look",
        parametersSchema: { type: "object", properties: { city: { enum: ["Zürich", 1, null] } } },
      },
    ],
  });
  const sink = createByteSink(0);
  compileEncoder(RouteInputSchema)(sink, input);
  expect(sink.bytes.subarray(0, sink.length).equals(toBinary(RouteInputSchema, input))).toBe(true);
});

test("a message that is no message in memory is refused when the encoder is made", () => {
  expect(() => compileEncoder(StructSchema)).toThrow(TypeError);
});
