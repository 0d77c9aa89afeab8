import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { ledgerSettingsSchema } from "../../src/ledger/config.ts";
import type { Ledger, NewEntry } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";
import { decided, finished } from "../ledger/entries.ts";
import { benchForwarding } from "./forwarding.ts";
import { deliveryThroughDoor, deliveryWithin } from "./ledger-delivery.ts";
import { createAppendFile, writeBare } from "./ledger-floor.ts";
import { writeGroups } from "./ledger-groups.ts";

/**
 * Entries a second at each durability, with 256 callers that wait for theirs to be on disk, against two floors on the same
 * disk: a file that the same callers append to, which promises as much and offers nothing else; and the bare disk, with groups
 * of 256 that nobody encodes or waits for, beside which stands the writing thread with such groups. Then the delay of the event loop at 2,000 entries a second, and how long an entry is on
 * its way to a watcher at 1,000. Floors and ledger take turns, and CPU time is told beside wall time, because a machine
 * that others use makes wall time stray.
 */
type Durability = "fsync" | "os" | "async";
const IN_FLIGHT = 256;
const ROUNDS = 3;
const SECONDS = 2;
/** Entries whose way to a watcher is measured. */
const DELIVERED = 6_000;
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
let taken = 0;
let decisionId = "";

/** The next entry. Each two belong to a decision of their own, for what happens to an id that is known is other work. */
function nextEntry(): NewEntry {
  const entry = entries[taken % entries.length] as NewEntry;
  if (taken % 2 === 0) decisionId = makeId();
  taken += 1;
  return { ...entry, decisionId };
}

/** Lets every thread load its code, and the writing one run it, before anything is measured. */
async function warmUp(ledger: Ledger): Promise<void> {
  const everyone = { tenants: "all" } as const;
  const { signal } = new AbortController();
  for (let round = 0; round < 8; round += 1)
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => ledger.append(nextEntry())));
  await ledger.reader.getRecord("none", everyone, signal);
  await ledger.reader.summarizeRecords({ filter: undefined, groupBy: [] }, everyone, signal);
}

async function openWarm(folder: string, durability: Durability = "fsync"): Promise<Ledger> {
  const settings = ledgerSettingsSchema.parse({ durability });
  const ledger = await openLedger(settings, { clock: systemClock, makeId, dataFolder: folder });
  await warmUp(ledger);
  return ledger;
}

/** As many entries as will be taken, with so many waiting for theirs at any time. */
async function closedLoop(append: (entry: NewEntry) => Promise<void>, yields = false): Promise<Measure> {
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
          await append(nextEntry());
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 1));
          continue;
        }
        latencies.push(performance.now() - since);
        if (yields) await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
  const serving = process.threadCpuUsage(cpu);
  const all = process.cpuUsage(allCpu);
  const perSecond = (latencies.length / (performance.now() - start)) * 1_000;
  latencies.sort((left, right) => left - right);
  return {
    perSecond,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    servingMicros: (serving.user + serving.system) / latencies.length,
    allMicros: (all.user + all.system) / latencies.length,
  };
}

async function ledgerLoop(folder: string, durability: Durability): Promise<Measure> {
  const ledger = await openWarm(folder, durability);
  try {
    // Without durability nothing else would give the event loop a turn.
    return await closedLoop(ledger.append, durability === "async");
  } finally {
    await ledger.close();
  }
}

async function fileLoop(folder: string): Promise<Measure> {
  const file = createAppendFile(join(folder, "append-file"));
  try {
    return await closedLoop(file.append);
  } finally {
    file.close();
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

async function loopDelay(folder: string): Promise<{ p99: number; max: number; ackP99: number }> {
  const ledger = await openWarm(join(folder, "paced"));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const latencies: number[] = [];
  delay.enable();
  for (let tick = 0; tick < SECONDS * 200; tick += 1) {
    for (let index = 0; index < 10; index += 1) {
      const since = performance.now();
      void ledger.append(nextEntry()).then(() => latencies.push(performance.now() - since));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  delay.disable();
  await ledger.close();
  latencies.sort((left, right) => left - right);
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, ackP99: quantile(latencies, 0.99) };
}

function tell(name: string, measure: Measure, floor: Measure, bare: number): void {
  const shares = `${(measure.perSecond / floor.perSecond).toFixed(2)}x the file, ${(measure.perSecond / bare).toFixed(2)}x the bare disk`;
  const latency = `p50 ${measure.p50.toFixed(1)} ms, p99 ${measure.p99.toFixed(1)} ms`;
  const cost = `${measure.servingMicros.toFixed(1)} us of the serving thread, ${measure.allMicros.toFixed(1)} us of all threads each`;
  console.log(`${name}: ${Math.round(measure.perSecond)} entries/s (${shares}), ${latency}, ${cost}`);
}

function tellDelivery(where: string, latencies: readonly number[]): void {
  const [p50, p99, most] = [quantile(latencies, 0.5), quantile(latencies, 0.99), latencies.at(-1) ?? 0];
  console.log(
    `1,000 entries/s, append to delivery ${where}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${most.toFixed(1)} ms of ${latencies.length}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "pointsman-bench-"));
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = writeBare(join(folder, "bare"), entries.slice(0, IN_FLIGHT), SECONDS);
    console.log(
      `bare write and fdatasync, groups of ${IN_FLIGHT}: ${Math.round(bare.perSecond)} entries/s, ${bare.cpuMicros.toFixed(1)} us each`,
    );
    const ready = entries.slice(0, IN_FLIGHT);
    for (const durability of ["fsync", "os"] as const) {
      const place = join(folder, `groups-${durability}`);
      const { perSecond, cpuMicros } = await writeGroups(place, durability, ready, SECONDS);
      const share = (perSecond / bare.perSecond).toFixed(2);
      console.log(
        `${durability}, groups of ${IN_FLIGHT} that are ready: ${Math.round(perSecond)} entries/s (${share}x the bare disk), ${cpuMicros.toFixed(1)} us each`,
      );
    }
    const floor = await fileLoop(folder);
    tell("append file and fdatasync", floor, floor, bare.perSecond);
    for (const durability of ["fsync", "os", "async"] as const)
      tell(durability, await ledgerLoop(join(folder, durability), durability), floor, bare.perSecond);
  }
  const { p99, max, ackP99 } = await loopDelay(folder);
  console.log(
    `2,000 entries/s: event loop p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms, append p99 ${ackP99.toFixed(1)} ms`,
  );
  const watched = await openWarm(join(folder, "watched"));
  try {
    const some = Array.from({ length: DELIVERED }, () => finished({ id: makeId() }));
    tellDelivery("in the process", await deliveryWithin(watched, some, 1_000));
  } finally {
    await watched.close();
  }
  tellDelivery("at the gRPC door", await deliveryThroughDoor(folder, DELIVERED / 3, 1_000 / 3));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
await benchForwarding(console.log);
