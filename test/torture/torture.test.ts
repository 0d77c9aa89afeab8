import { expect, test } from "vitest";
import { tortureService } from "./service-torture.ts";
import { torture } from "./torture.ts";

test("killed at random instants, two processes at once, the ledger keeps all that it promises", {
  timeout: 120_000,
}, async () => {
  const result = await torture(5, 2, Math.random, () => undefined);
  expect(result).toMatchObject({ lost: [], open: [], breaks: [], watchFaults: [] });
  expect(result.answers).toBeGreaterThan(0);
});

test("the whole service, killed under load at both doors, loses no answer that a client received", {
  timeout: 180_000,
}, async () => {
  const result = await tortureService(3, Math.random, () => undefined);
  expect(result).toMatchObject({ kills: 3, lost: [], open: [], breaks: [], watchFaults: [] });
  expect(result.entries).toBeGreaterThan(0);
});
