import { median, percentile } from "./figures.ts";
import { type Load, runH2load } from "./h2load.ts";
import type { Running } from "./processes.ts";

/** Something that is loaded: a server, by one of its doors. */
export interface Contestant {
  readonly name: string;
  readonly server: Running;
  readonly load: Omit<Load, "requests" | "connections" | "streams">;
}

/** What rounds of one contestant found. */
export interface Series {
  readonly name: string;
  readonly perSecond: readonly number[];
  /** CPU of the server for each request, in microseconds; undefined where the system does not tell. */
  readonly cpuMicros: readonly number[] | undefined;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Requests sent in all, warming up included. */
  readonly requests: number;
}

/** How long and how often. */
export interface Plan {
  readonly folder: string;
  readonly rounds: number;
  /** About how long one round of one contestant takes, in seconds. */
  readonly seconds: number;
  /** Requests before anything is measured, so that the code is compiled. */
  readonly warmUp: number;
  readonly connections: number;
  readonly streams: number;
  tell(text: string): void;
}

/** Lets contestants run in turns, each as many requests as take about the wanted time. */
export async function runRounds(contestants: readonly Contestant[], plan: Plan): Promise<Series[]> {
  const { folder, connections, streams } = plan;
  const runs = [];
  for (const contestant of contestants) {
    plan.tell(`${contestant.name}: warming up`);
    const load = { ...contestant.load, connections, streams };
    const { perSecond } = await runH2load(folder, { ...load, requests: plan.warmUp });
    const requests = Math.max(200, Math.round(perSecond * plan.seconds));
    runs.push({ contestant, load: { ...load, requests }, sent: plan.warmUp, found: [] as Found[] });
  }
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const run of runs) {
      const { name, server } = run.contestant;
      plan.tell(`${name}: ${connections * streams} in flight, round ${round} of ${plan.rounds}`);
      const before = server.cpuMicros();
      const { perSecond, latencies } = await runH2load(folder, run.load);
      const after = server.cpuMicros();
      run.sent += run.load.requests;
      run.found.push({
        perSecond,
        cpu: before === undefined || after === undefined ? undefined : (after - before) / run.load.requests,
        p50: percentile(latencies, 0.5) / 1_000,
        p99: percentile(latencies, 0.99) / 1_000,
      });
    }
  }
  return runs.map(({ contestant, sent, found }) => {
    const cpu = found.flatMap((one) => one.cpu ?? []);
    return {
      name: contestant.name,
      perSecond: found.map(({ perSecond }) => perSecond),
      cpuMicros: cpu.length === found.length ? cpu : undefined,
      p50: median(found.map(({ p50 }) => p50)),
      p99: median(found.map(({ p99 }) => p99)),
      requests: sent,
    };
  });
}

interface Found {
  readonly perSecond: number;
  readonly cpu: number | undefined;
  readonly p50: number;
  readonly p99: number;
}
