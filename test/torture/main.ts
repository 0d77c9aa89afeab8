import { parseArgs } from "node:util";
import { torture } from "./torture.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "100" }, processes: { type: "string", default: "2" } },
});
const kills = Number(values.kills);
const processes = Number(values.processes);

const result = await torture(kills, processes, Math.random, (so, kill) => {
  const faults = so.lost.length + so.open.length + so.breaks.length + so.watchFaults.length;
  process.stdout.write(
    `kill ${kill}/${kills}: ${so.answers} answers, ${so.entries} entries, ${faults} faults\n`,
  );
});
const faults = [...result.lost, ...result.open, ...result.breaks, ...result.watchFaults];
console.log(
  `${kills} kills of ${processes} processes: ${result.answers} answers left, ${result.lost.length} lost, ` +
    `${result.open.length} left open, ${result.breaks.length} breaks, ${result.watchFaults.length} watch faults.`,
);
for (const fault of faults.slice(0, 20)) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
