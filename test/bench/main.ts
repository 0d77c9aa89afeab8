import { rmSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureDecisions } from "./decisions.ts";
import { measureDoors } from "./doors.ts";
import { whyNoH2load } from "./h2load.ts";
import { isPinned } from "./processes.ts";
import { type BenchFigures, judge, renderReport } from "./report.ts";
import { writeRequestFiles } from "./requests.ts";
import { makeBenchFolder, writeBenchConfig } from "./settings.ts";

/** `npm run bench [-- --quick] [-- --json]`: what deciding and serving cost. docs/benchmarks.md says what is measured. */
const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } },
});
const missing = whyNoH2load();
if (missing) {
  console.error(missing);
  process.exit(1);
}

const tell = (text: string): void => console.error(text);
const folder = makeBenchFolder();
try {
  const loadBefore = loadavg()[0] ?? 0;
  const size = values.quick
    ? { rounds: 1, seconds: 1, warmUp: 2_000 }
    : // A service runs for weeks, and the compiler is busy for its first 20,000 requests.
      { rounds: 3, seconds: 2, warmUp: 20_000 };
  tell("decisions in process");
  const config = writeBenchConfig(folder, "decisions", { upstream: "127.0.0.1:9", durability: "fsync" });
  const decisions = measureDecisions(config, folder, {
    rounds: size.rounds,
    samples: values.quick ? 1_000 : 3_000,
  });
  const doors = await measureDoors({ folder, files: writeRequestFiles(folder), ...size, tell });
  const figures: BenchFigures = {
    node: process.version,
    pinned: isPinned,
    loadBefore,
    decisions,
    doors,
    targets: judge(decisions, doors),
  };
  console.log(values.json ? JSON.stringify(figures, undefined, 2) : renderReport(figures));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
