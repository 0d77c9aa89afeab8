import { parseArgs } from "node:util";
import { postgresPrograms, startPostgres } from "../ledger/postgres-server.ts";
import { tortureService } from "./service-torture.ts";
import { type TortureResult, torture } from "./torture.ts";

/**
 * `--kills` of the whole service under load, shipping to a PostgreSQL of its own where the machine has the programs and
 * `--local` does not forbid it, or with `--ledger` of two processes that only append; `--minutes` ends it earlier.
 * 1 where a promise was broken.
 */
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    minutes: { type: "string", default: "600" },
    ledger: { type: "boolean", default: false },
    local: { type: "boolean", default: false },
    processes: { type: "string", default: "2" },
  },
});
const kills = Number(values.kills);
const end = performance.now() + Number(values.minutes) * 60_000;

const faultsOf = (so: TortureResult): string[] => [...so.lost, ...so.open, ...so.breaks, ...so.watchFaults];
const tell = (so: TortureResult, kill: number): void => {
  console.log(
    `kill ${kill}/${kills}: ${so.answers} answers, ${so.entries} entries, ${faultsOf(so).length} faults`,
  );
};

async function tortureAll(): Promise<TortureResult> {
  if (values.ledger) return await torture(kills, Number(values.processes), Math.random, tell);
  const enough = (): boolean => performance.now() > end;
  const options = { kills, random: Math.random, tell, enough };
  if (values.local) return await tortureService(options);
  if (!postgresPrograms) throw new Error("There is no PostgreSQL to ship to. Install it, or give --local.");
  await using server = await startPostgres();
  return await tortureService({ ...options, postgres: server.url });
}

const result = await tortureAll();
console.log(
  `${result.kills} kills: ${result.answers} answers received, ${result.entries} entries, ${result.interrupted} closed as ` +
    `interrupted; ${result.lost.length} lost, ${result.open.length} left open, ${result.breaks.length} breaks, ` +
    `${result.watchFaults.length} watch faults.`,
);
console.log(
  `${result.whileShipping} kills left entries to ship; of ${result.whileMigrating} in migrations ${result.halfMigrated} left one half done.`,
);
for (const fault of faultsOf(result).slice(0, 20)) console.log(fault);
process.exitCode = faultsOf(result).length > 0 ? 1 : 0;
