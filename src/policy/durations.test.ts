import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationMilliseconds, formatDuration, parseDuration } from "./durations.ts";

describe("parseDuration", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1500],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    ["2w", 1_209_600_000],
    ["0s", 0],
    ["250us", 0.25],
  ])("reads %s", (text, milliseconds) => {
    expect(durationMilliseconds(parseDuration(text)!)).toBe(milliseconds);
  });

  it.each(["", "5", "s", "-5s", "5 s", "5min", "1e3s", "1.s", "5s ", "315576000001s", `${"1s".repeat(9)}`])(
    "does not read %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe("formatDuration", () => {
  it("states in seconds what has too many digits in a smaller unit", () => {
    const longAgo = {
      $typeName: "google.protobuf.Duration",
      seconds: 1_000_000_000n,
      nanos: 996_507_000,
    } as const;
    expect(formatDuration(longAgo)).toBe("1000000000.996507000s");
  });

  it("writes what parseDuration reads back", () => {
    const seconds = fc.bigInt({ min: 0n, max: 315_575_999_999n });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), (whole, nanos) => {
        const read = parseDuration(
          formatDuration({ $typeName: "google.protobuf.Duration", seconds: whole, nanos }),
        );
        expect(read).toMatchObject({ seconds: whole, nanos });
      }),
    );
  });
});
