import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { ledgerSettingsSchema } from "../../src/ledger/config.ts";
import type { Ledger, NewEntry } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";
import { decided, finished } from "../ledger/entries.ts";

/**
 * Entries a second at each durability against a bare append with fdatasync in groups of 256, on the same disk; the
 * latency of an append; what it costs; and the delay of the event loop at 2,000 entries a second. Floor and ledger take
 * turns, and CPU time is told beside wall time, because a machine that others use makes wall time stray.
 */
const IN_FLIGHT = 256;
const ROUNDS = 3;
const SECONDS = 2;
const rules = Array.from({ length: 12 }, (_, index) => `rule-${index}-that-has-a-name-of-usual-length`);

interface Measure {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the serving thread, and of all threads, for each entry. */
  readonly servingMicros: number;
  readonly allMicros: number;
}

/** Made beforehand, because making entries is the caller's work. */
const entries: readonly NewEntry[] = Array.from({ length: 8_192 }, (_, index) => {
  const request = { id: makeId(), rules };
  return index % 2 === 0 ? decided(request) : finished(request);
});
const entryOf = (index: number): NewEntry => entries[index % entries.length] as NewEntry;

function floor(folder: string): { perSecond: number; cpuMicros: number } {
  const file = openSync(join(folder, "floor"), "a");
  const group = Buffer.alloc(1_000 * IN_FLIGHT, 1);
  const start = performance.now();
  const cpu = process.threadCpuUsage();
  let count = 0;
  while (performance.now() - start < SECONDS * 1_000) {
    writeSync(file, group);
    fdatasyncSync(file);
    count += IN_FLIGHT;
  }
  const perSecond = (count / (performance.now() - start)) * 1_000;
  const { user, system } = process.threadCpuUsage(cpu);
  closeSync(file);
  return { perSecond, cpuMicros: (user + system) / count };
}

/** Lets every thread load its code, and the writing one run it, before anything is measured. */
async function warmUp(ledger: Ledger): Promise<void> {
  const everyone = { tenants: "all" } as const;
  const { signal } = new AbortController();
  for (let round = 0; round < 8; round += 1)
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => ledger.append(entryOf(index))));
  await ledger.reader.getRecord("none", everyone, signal);
  await ledger.reader.summarizeRecords({ filter: undefined, groupBy: [] }, everyone, signal);
}

async function closedLoop(folder: string, durability: "fsync" | "os" | "async"): Promise<Measure> {
  const settings = ledgerSettingsSchema.parse({ durability });
  const ledger = await openLedger(settings, {
    clock: systemClock,
    makeId,
    dataFolder: join(folder, durability),
  });
  await warmUp(ledger);
  const latencies: number[] = [];
  const end = performance.now() + SECONDS * 1_000;
  const start = performance.now();
  const cpu = process.threadCpuUsage();
  const allCpu = process.cpuUsage();
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
  const serving = process.threadCpuUsage(cpu);
  const all = process.cpuUsage(allCpu);
  const perSecond = (latencies.length / (performance.now() - start)) * 1_000;
  await ledger.close();
  latencies.sort((left, right) => left - right);
  return {
    perSecond,
    p50: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    servingMicros: (serving.user + serving.system) / latencies.length,
    allMicros: (all.user + all.system) / latencies.length,
  };
}

async function loopDelay(folder: string): Promise<{ p99: number; max: number; ackP99: number }> {
  const settings = ledgerSettingsSchema.parse({});
  const ledger = await openLedger(settings, {
    clock: systemClock,
    makeId,
    dataFolder: join(folder, "paced"),
  });
  await warmUp(ledger);
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
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = floor(folder);
    console.log(
      `bare append and fdatasync, groups of ${IN_FLIGHT}: ${Math.round(bare.perSecond)} entries/s, ${bare.cpuMicros.toFixed(1)} us each`,
    );
    for (const durability of ["fsync", "os", "async"] as const) {
      const measure = await closedLoop(folder, durability);
      const share = (measure.perSecond / bare.perSecond).toFixed(2);
      const latency = `p50 ${measure.p50.toFixed(1)} ms, p99 ${measure.p99.toFixed(1)} ms`;
      const cost = `${measure.servingMicros.toFixed(1)} us of the serving thread, ${measure.allMicros.toFixed(1)} us of all threads each`;
      console.log(
        `${durability}: ${Math.round(measure.perSecond)} entries/s (${share}x), ${latency}, ${cost}`,
      );
    }
  }
  const { p99, max, ackP99 } = await loopDelay(folder);
  console.log(
    `2,000 entries/s: event loop p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms, append p99 ${ackP99.toFixed(1)} ms`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
