import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findRedisProgram, startRedis, startRedisCluster } from "./redis-server.ts";
import type { StormBill, StormOrder, StormReport } from "./storm-worker.ts";

/**
 * Eight processes with 1,000 requests in flight on one budget, killed at random and started again. This process is the
 * provider: it writes the bill of a call before it answers, so that a worker that dies has still spent.
 *
 *     node test/admission/storm.ts --store sqlite|valkey|cluster [--dollars 100] [--kills 5] [--workers 8] [--in-flight 1000]
 *
 * Fails where the bill passes the budget at any moment, or ends further below it than what is promised: the worst case of
 * one request (less than that is left when all are refused), and for each killed worker the worst case of its requests under
 * way and what it kept ready. Also where it ends more than 1 % below, if the budget is large enough for that to be promised.
 */
const { values } = parseArgs({
  options: {
    store: { type: "string", default: "sqlite" },
    dollars: { type: "string", default: "100" },
    kills: { type: "string", default: "5" },
    workers: { type: "string", default: "8" },
    "in-flight": { type: "string", default: "1000" },
  },
});
const budget = Number(values.dollars) * 1e6;
const workerCount = Number(values.workers);
const inFlight = Math.ceil(Number(values["in-flight"]) / workerCount);

const folder = mkdtempSync(join(tmpdir(), "pointsman-storm-"));
const isShared = values.store === "valkey" || values.store === "cluster";
const program = isShared ? findRedisProgram() : undefined;
if (isShared && !program) {
  console.log("SKIPPED: needs valkey-server or redis-server on the path");
  process.exit(0);
}
const single = program && values.store === "valkey" ? await startRedis(program) : undefined;
const cluster = program && values.store === "cluster" ? await startRedisCluster(program) : undefined;
const urls = cluster?.urls ?? (single && [single.url]);
const order: StormOrder = {
  store: urls ? { kind: "valkey", urls } : { kind: "sqlite", path: join(folder, "limits.sqlite") },
  dollars: Number(values.dollars),
  inFlight,
};

/** The most that one request may cost; see the worker. */
const MOST_WORST = 1_500;

let billed = 0;
let calls = 0;
let kills = 0;
let finished = false;
const denied = new Map<ChildProcess, boolean>();

function start(): void {
  const child = fork(join(import.meta.dirname, "storm-worker.ts"), [JSON.stringify(order)]);
  denied.set(child, false);
  child.on("message", (report: StormReport) => {
    if (report.kind === "state") {
      denied.set(child, report.denied);
      return;
    }
    const micros = Math.floor(report.worst * (0.7 + Math.random() * 0.3));
    billed += micros;
    calls++;
    if (billed > budget) fail(`the bill of ${billed} micros passes the budget of ${budget}`);
    setTimeout(
      () => {
        if (child.connected) child.send({ id: report.id, micros } satisfies StormBill, () => undefined);
      },
      50 + Math.random() * 350,
    );
  });
  child.on("exit", (code, signal) => {
    denied.delete(child);
    if (finished) return;
    if (signal !== "SIGKILL") fail(`a worker ended by itself with ${code ?? signal}`);
    start();
  });
}

function fail(reason: string): never {
  console.error(`FAILED: ${reason}`);
  stop();
  process.exit(1);
}

function stop(): void {
  finished = true;
  for (const child of denied.keys()) child.kill("SIGKILL");
}

const began = performance.now();
for (let index = 0; index < workerCount; index++) start();
const planned = Number(values.kills);
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    // Kills are spread over the first nine tenths of the budget.
    if (kills < planned && billed > ((kills + 1) * 0.9 * budget) / (planned + 1)) {
      const alive = [...denied.keys()];
      alive[Math.floor(Math.random() * alive.length)]?.kill("SIGKILL");
      kills++;
    }
    if (denied.size === workerCount && [...denied.values()].every(Boolean)) {
      clearInterval(timer);
      resolve();
    }
    if (performance.now() - began > 300_000) fail("the storm did not end within five minutes");
  }, 100);
});
const seconds = (performance.now() - began) / 1000;
stop();
await single?.close();
await cluster?.close();
rmSync(folder, { recursive: true, force: true });
const below = (100 * (budget - billed)) / budget;
console.log(
  `${values.store}: ${workerCount} processes, ${inFlight * workerCount} in flight, ${kills} killed, ${calls} calls in ${seconds.toFixed(1)} s ` +
    `(${Math.round(calls / seconds)}/s), billed ${billed} of ${budget} micros, ${below.toFixed(3)} % below`,
);
if (kills < planned) fail("fewer workers were killed than planned");
// What a worker keeps ready is two exchanges' demand, and never more than a sixteenth of what is left.
const callsOfAnExchange = Math.ceil(calls / seconds / workerCount / 5);
const promised = MOST_WORST + kills * MOST_WORST * (inFlight + 2 * callsOfAnExchange);
if (budget - billed > promised) fail(`${budget - billed} micros are left, of at most ${promised}`);
if (promised * 100 <= budget && below > 1) fail("the bill ends more than 1 % below the budget");
