import { expect, test } from "vitest";
import { wilsonInterval } from "./wilson.ts";

test("gives the intervals of the literature", () => {
  // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  const cases = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const;
  for (const [successes, trials, lower, upper] of cases) {
    const [low, high] = wilsonInterval(successes, trials);
    expect(low).toBeCloseTo(lower, 4);
    expect(high).toBeCloseTo(upper, 4);
  }
});
