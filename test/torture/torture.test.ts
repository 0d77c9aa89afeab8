import { expect, test } from "vitest";
import { torture } from "./torture.ts";

test("killed at random instants, two processes at once, the ledger keeps all that it promises", {
  timeout: 120_000,
}, async () => {
  const result = await torture(5, 2, Math.random, () => undefined);
  expect(result).toMatchObject({ lost: [], open: [], breaks: [], watchFaults: [] });
  expect(result.answers).toBeGreaterThan(0);
});
