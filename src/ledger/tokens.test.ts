import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import { queryDigest, readCursor, readPageToken, writeCursor, writePageToken } from "./tokens.ts";

const filter = create(RecordFilterSchema, { apps: ["web"] });
const digest = queryDigest(filter, { tenants: ["b", "a"] });

test("reads back what was written", () => {
  const positions = fc.dictionary(fc.uuid(), fc.maxSafeNat());
  fc.assert(
    fc.property(positions, fc.maxSafeNat(), fc.string(), (writers, time, decisionId) => {
      const map = new Map(Object.entries(writers));
      expect(readCursor(writeCursor(map, digest), digest)).toEqual(map);
      const position = { time: time % 4e15, decisionId };
      expect(readPageToken(writePageToken(position, digest), digest)).toEqual(position);
    }),
  );
});

test("binds a token to filter and tenants, in any order of the tenants", () => {
  const token = writeCursor(new Map([["w", 1]]), digest);
  expect(readCursor(token, queryDigest(filter, { tenants: ["a", "b"] })).get("w")).toBe(1);
  for (const other of [
    queryDigest(undefined, { tenants: ["a", "b"] }),
    queryDigest(filter, { tenants: ["a"] }),
    queryDigest(filter, { tenants: "all" }),
  ]) {
    expect(() => readCursor(token, other)).toThrow(/another query/);
  }
});

test("answers any other text with one kind of error", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => readCursor(text, digest)).toThrow(expect.objectContaining({ kind: "invalid_cursor" }));
    }),
  );
});
