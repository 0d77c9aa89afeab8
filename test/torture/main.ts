import { parseArgs } from "node:util";
import { tortureService } from "./service-torture.ts";
import { type TortureResult, torture } from "./torture.ts";

/**
 * `--kills` of the whole service under load, or with `--ledger` of two processes that only append; `--minutes` ends it
 * earlier. 1 where a promise was broken.
 */
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    minutes: { type: "string", default: "600" },
    ledger: { type: "boolean", default: false },
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
const result = values.ledger
  ? await torture(kills, Number(values.processes), Math.random, tell)
  : await tortureService(kills, Math.random, tell, () => performance.now() > end);
console.log(
  `${result.kills} kills: ${result.answers} answers received, ${result.entries} entries, ${result.interrupted} closed as ` +
    `interrupted; ${result.lost.length} lost, ${result.open.length} left open, ${result.breaks.length} breaks, ` +
    `${result.watchFaults.length} watch faults.`,
);
for (const fault of faultsOf(result).slice(0, 20)) console.log(fault);
process.exitCode = faultsOf(result).length > 0 ? 1 : 0;
