import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDurationJson, parseRetryAfter } from "./retry-after.ts";

const now = Date.UTC(2026, 10, 24, 12, 0, 0);

test.each<[Record<string, string>, number | undefined]>([
  [{ "retry-after": "7" }, 7_000],
  [{ "retry-after": "0.5" }, 500],
  [{ "retry-after": "Tue, 24 Nov 2026 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "Tue, 24 Nov 2026 11:00:00 GMT" }, 0],
  [{ "retry-after-ms": "120", "retry-after": "7" }, 120],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after": "-5" }, undefined],
  [{}, undefined],
])("%o", (headers, want) => {
  expect(parseRetryAfter(headers, now)).toBe(want);
});

test("whatever is sent, the wait is a whole number between nothing and a day", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.date().map(String)), (value) => {
      const wait = parseRetryAfter({ "retry-after": value }, now);
      if (wait === undefined) return;
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(86_400_000);
    }),
  );
});

test("durations in JSON", () => {
  expect(parseDurationJson("34.4s")).toBe(34_400);
  expect(parseDurationJson("34.4")).toBeUndefined();
  expect(parseDurationJson(34)).toBeUndefined();
});
