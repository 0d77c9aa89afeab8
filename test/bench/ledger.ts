import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { ledgerSettingsSchema } from "../../src/ledger/config.ts";
import type { NewEntry } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";
import { decided, finished } from "../ledger/entries.ts";

/**
 * Entries a second at each durability against a bare append with fdatasync in groups of 256, on the same disk; the
 * latency of an append; what it costs the serving thread; and the delay of its event loop at 2,000 entries a second.
 */
const IN_FLIGHT = 256;
const SECONDS = 4;
const rules = Array.from({ length: 12 }, (_, index) => `rule-${index}-that-has-a-name-of-usual-length`);

interface Measure {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMicros: number;
}

const entryOf = (index: number): NewEntry => {
  const request = { id: makeId(), rules };
  return index % 2 === 0 ? decided(request) : finished(request);
};

function floor(folder: string): number {
  const file = openSync(join(folder, "floor"), "a");
  const group = Buffer.alloc(1_000 * IN_FLIGHT, 1);
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < SECONDS * 1_000) {
    writeSync(file, group);
    fdatasyncSync(file);
    count += IN_FLIGHT;
  }
  closeSync(file);
  return (count / (performance.now() - start)) * 1_000;
}

async function closedLoop(folder: string, durability: "fsync" | "os" | "async"): Promise<Measure> {
  const settings = ledgerSettingsSchema.parse({ durability });
  const ledger = await openLedger(settings, {
    clock: systemClock,
    makeId,
    dataFolder: join(folder, durability),
  });
  const latencies: number[] = [];
  const end = performance.now() + SECONDS * 1_000;
  const start = performance.now();
  const cpu = process.threadCpuUsage();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (performance.now() < end) {
        const since = performance.now();
        try {
          await ledger.append(entryOf(latencies.length));
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 1));
          continue;
        }
        latencies.push(performance.now() - since);
        // Without durability nothing else would give the loop a turn.
        if (durability === "async") await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
  const { user, system } = process.threadCpuUsage(cpu);
  const perSecond = (latencies.length / (performance.now() - start)) * 1_000;
  await ledger.close();
  latencies.sort((left, right) => left - right);
  return {
    perSecond,
    p50: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    cpuMicros: (user + system) / latencies.length,
  };
}

async function loopDelay(folder: string): Promise<{ p99: number; max: number; ackP99: number }> {
  const settings = ledgerSettingsSchema.parse({});
  const ledger = await openLedger(settings, {
    clock: systemClock,
    makeId,
    dataFolder: join(folder, "paced"),
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const latencies: number[] = [];
  delay.enable();
  for (let tick = 0; tick < SECONDS * 200; tick += 1) {
    for (let index = 0; index < 10; index += 1) {
      const since = performance.now();
      void ledger.append(entryOf(index)).then(() => latencies.push(performance.now() - since));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  delay.disable();
  await ledger.close();
  latencies.sort((left, right) => left - right);
  const ackP99 = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, ackP99 };
}

const folder = mkdtempSync(join(tmpdir(), "pointsman-bench-"));
try {
  const bare = floor(folder);
  console.log(`bare append and fdatasync, groups of ${IN_FLIGHT}: ${Math.round(bare)} entries/s`);
  for (const durability of ["fsync", "os", "async"] as const) {
    const { perSecond, p50, p99, cpuMicros } = await closedLoop(folder, durability);
    const share = (perSecond / bare).toFixed(2);
    const latency = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
    console.log(
      `${durability}: ${Math.round(perSecond)} entries/s (${share}x), ${latency}, ${cpuMicros.toFixed(1)} us of the serving thread each`,
    );
  }
  const { p99, max, ackP99 } = await loopDelay(folder);
  console.log(
    `2,000 entries/s: event loop p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms, append p99 ${ackP99.toFixed(1)} ms`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
