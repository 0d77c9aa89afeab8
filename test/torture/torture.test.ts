import { expect, test } from "vitest";
import { postgresPrograms, startPostgres } from "../ledger/postgres-server.ts";
import { tortureService } from "./service-torture.ts";
import { torture } from "./torture.ts";

test("killed at random instants, two processes at once, the ledger keeps all that it promises", {
  timeout: 1_200_000,
}, async () => {
  const result = await torture(5, 2, dice(1), () => undefined);
  expect(result).toMatchObject({ lost: [], open: [], breaks: [], watchFaults: [] });
  expect(result.answers).toBeGreaterThan(0);
});

test("the whole service, killed under load at both doors, loses no answer that a client received", {
  timeout: 1_200_000,
}, async () => {
  const result = await tortureService({ kills: 2, random: dice(2), tell: () => undefined });
  expect(result).toMatchObject({ kills: 2, lost: [], open: [], breaks: [], watchFaults: [] });
  expect(result.whileMigrating).toBeGreaterThan(0);
});

test.skipIf(!postgresPrograms)(
  "killed while it migrates and ships, the service loses nothing on either side",
  {
    timeout: 1_200_000,
  },
  async () => {
    await using server = await startPostgres();
    const torture = { kills: 3, random: dice(3), tell: () => undefined, postgres: server.url };
    const result = await tortureService(torture);
    expect(result).toMatchObject({ kills: 3, lost: [], open: [], breaks: [], watchFaults: [] });
    expect(result.whileMigrating).toBeGreaterThan(0);
  },
);

/**
 * The same numbers from 0 to 1 each time: what is tried must not be left to luck, as that nothing was answered before the
 * first kill. At which instant of the work a kill comes the machine decides each time anew.
 */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
