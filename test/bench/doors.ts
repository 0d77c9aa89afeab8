import { readFileSync } from "node:fs";
import { join } from "node:path";
import { median, percentile } from "./figures.ts";
import { type Load, runH2load } from "./h2load.ts";
import { assertAllServed, readMetrics } from "./metrics.ts";
import { type Running, startBench, startPointsman } from "./processes.ts";
import type { RequestFiles } from "./requests.ts";
import { type Contestant, type Plan, runRounds, type Series } from "./rounds.ts";
import { BENCH_KEY, writeBenchConfig } from "./settings.ts";

/** How long to measure, and whom to tell. */
export interface DoorOptions {
  readonly folder: string;
  readonly files: RequestFiles;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  tell(text: string): void;
}

/** One setting: its contestants, the first of which is what the others are compared with. */
export interface Comparison {
  readonly title: string;
  readonly series: readonly Series[];
}

/** What was found of the doors. */
export interface DoorFigures {
  readonly comparisons: readonly Comparison[];
  /** Median latency at low rate, in milliseconds; `added` is over calling the upstream directly. */
  readonly latencies: readonly { readonly name: string; readonly p50: number; readonly added: number }[];
  /** The 99th percentile of the serving thread's event-loop delay, in milliseconds, and the entries a second meanwhile. */
  readonly loop: { readonly delayP99: number; readonly entriesPerSecond: number };
}

const GRPC = ["content-type: application/grpc", "te: trailers"];
const KEY = `authorization: Bearer ${BENCH_KEY}`;
const JSON_TYPE = "content-type: application/json";
const ROUTE = "pointsman.v1.RouteService/Route";
const STREAM = "pointsman.v1.StreamService/StreamRoute";

/** Starts the servers, loads them in turns, checks that every call succeeded, and stops them. */
export async function measureDoors(options: DoorOptions): Promise<DoorFigures> {
  const { folder } = options;
  const started: Running[] = [];
  const keep = async (starting: Promise<Running>): Promise<Running> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    const upstream = await keep(startBench(1, "upstream.ts"));
    const address = upstream.addresses[0]!;
    writeBenchConfig(folder, "fsync", { upstream: address, durability: "fsync" });
    writeBenchConfig(folder, "os", { upstream: address, durability: "os" });
    const servers: Servers = {
      upstream,
      bare: await keep(startBench(0, "bare.ts", `http://${address}`)),
      own: await keep(startPointsman(folder, "fsync")),
      ownOs: await keep(startPointsman(folder, "os")),
      echo: await keep(startBench(0, "echo.ts")),
    };
    const comparisons = await compareAll(servers, options);
    const latencies = await measureLatency(servers, options);
    const loop = await measureLoopDelay(servers.own, options);
    await assertAllServed(servers.own, "pointsman", 1);
    const { failed } = await servers.bare.counts();
    if (failed > 0) throw new Error(`the bare handler failed ${failed} calls`);
    return { comparisons, latencies, loop };
  } catch (cause) {
    throw new Error(`The servers said:\n${lastTroubles(folder).join("\n")}`, { cause });
  } finally {
    for (const server of started.reverse()) await server.stop();
  }
}

/** The last lines of the servers' logs that are not about a request that went well. */
function lastTroubles(folder: string): string[] {
  return ["fsync.log", "os.log"].flatMap((name) =>
    readFileSync(join(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.includes('"msg":"routed"'))
      .slice(-5),
  );
}

interface Servers {
  readonly upstream: Running;
  readonly bare: Running;
  readonly own: Running;
  readonly ownOs: Running;
  readonly echo: Running;
}

async function compareAll(servers: Servers, options: DoorOptions): Promise<Comparison[]> {
  const { files } = options;
  const { bare, own, ownOs, echo, upstream } = servers;
  const grpc = (name: string, server: Running, method: string, body: string): Contestant => ({
    name,
    server,
    load: { url: `http://${server.addresses[0]}/${method}`, body, headers: [...GRPC, KEY] },
  });
  const http = (
    name: string,
    url: string,
    server: Running,
    body: string,
    ...headers: string[]
  ): Contestant => ({
    name,
    server,
    load: { url, body, headers, http1: true },
  });
  const unary = [
    grpc("bare grpc-js and the same call upstream", bare, ROUTE, files.route),
    grpc("gRPC door, everything on", own, ROUTE, files.route),
    grpc("gRPC door, ledger left to the system's cache", ownOs, ROUTE, files.route),
  ];
  const httpUrl = `http://${own.addresses[1]}`;
  const upstreamUrl = `http://${upstream.addresses[0]}/v1/chat/completions`;
  const streams = [
    http("direct, HTTP/1.1", upstreamUrl, upstream, files.upstreamStream, JSON_TYPE),
    grpc("gRPC door", own, STREAM, files.stream),
    http(
      "Connect door",
      `${httpUrl}/${STREAM}`,
      own,
      files.stream,
      "content-type: application/connect+proto",
      "connect-protocol-version: 1",
      KEY,
    ),
  ];
  const json = [
    http("direct, HTTP/1.1", upstreamUrl, upstream, files.upstream, JSON_TYPE),
    http("Connect door, JSON", `${httpUrl}/${ROUTE}`, own, files.routeJson, JSON_TYPE, KEY),
  ];
  const echoes = [
    { ...grpc("connect-node, gRPC", echo, ROUTE, files.route) },
    { ...grpc("gRPC door's transport", echo, ROUTE, files.route) },
  ].map((one, index) => ({
    ...one,
    load: { ...one.load, url: `http://${echo.addresses[1 - index]}/${ROUTE}` },
  }));
  const run = async (
    title: string,
    contestants: readonly Contestant[],
    shape: Pick<Plan, "connections" | "streams">,
    { warm, time }: { warm: number; time: number },
  ): Promise<Comparison> => {
    const warmUp = Math.ceil(options.warmUp * warm);
    const plan: Plan = { ...options, ...shape, warmUp, seconds: options.seconds * time };
    return { title, series: await runRounds(contestants, plan) };
  };
  return [
    await run("Route, 32 in flight", unary, { connections: 4, streams: 8 }, { warm: 1, time: 1 }),
    // The code is warm by now; only sockets are new.
    await run("Route, 256 in flight", unary, { connections: 8, streams: 32 }, { warm: 0.1, time: 1 }),
    await run(
      "StreamRoute of 100 tokens, 8 in flight",
      streams,
      { connections: 8, streams: 1 },
      { warm: 0.2, time: 0.5 },
    ),
    await run(
      "Route as JSON over HTTP/1.1, 32 in flight",
      json,
      { connections: 32, streams: 1 },
      { warm: 0.2, time: 0.5 },
    ),
    await run("Echo, 32 in flight", echoes, { connections: 4, streams: 8 }, { warm: 0.3, time: 0.5 }),
  ];
}

/** Low load: what a single caller waits longer than without Pointsman. Each round compares neighbours in time. */
async function measureLatency(
  { upstream, bare, own }: Servers,
  { files, folder, rounds, seconds, tell }: DoorOptions,
): Promise<DoorFigures["latencies"]> {
  const rate = 50;
  const base = { connections: 4, streams: 1, rate, requests: Math.max(40, Math.round(4 * rate * seconds)) };
  const direct: Load = {
    ...base,
    url: `http://${upstream.addresses[0]}/v1/chat/completions`,
    body: files.upstream,
    headers: [JSON_TYPE],
    http1: true,
  };
  const others: readonly (readonly [string, Load])[] = [
    [
      "bare grpc-js",
      { ...base, url: `http://${bare.addresses[0]}/${ROUTE}`, body: files.route, headers: GRPC },
    ],
    [
      "gRPC door",
      { ...base, url: `http://${own.addresses[0]}/${ROUTE}`, body: files.route, headers: [...GRPC, KEY] },
    ],
    [
      "Connect door, JSON",
      {
        ...base,
        url: `http://${own.addresses[1]}/${ROUTE}`,
        body: files.routeJson,
        headers: [JSON_TYPE, KEY],
        http1: true,
      },
    ],
  ];
  const p50 = async (name: string, load: Load): Promise<number> => {
    tell(`${name}: ${4 * rate} requests a second`);
    return percentile((await runH2load(folder, load)).latencies, 0.5) / 1_000;
  };
  const found = others.map(([name]) => ({ name, p50: [] as number[], added: [] as number[] }));
  const directly: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const alone = await p50("direct", direct);
    directly.push(alone);
    for (const [index, [name, load]] of others.entries()) {
      const value = await p50(name, load);
      found[index]!.p50.push(value);
      found[index]!.added.push(value - alone);
    }
  }
  return [
    { name: "direct", p50: median(directly), added: 0 },
    ...found.map(({ name, p50: all, added }) => ({ name, p50: median(all), added: median(added) })),
  ];
}

/** Three entries a request: 668 requests a second make 2,004 entries a second, where the machine is up to it. */
async function measureLoopDelay(
  own: Running,
  { files, folder, seconds, tell }: DoorOptions,
): Promise<DoorFigures["loop"]> {
  const load: Load = {
    url: `http://${own.addresses[0]}/${ROUTE}`,
    body: files.route,
    headers: [...GRPC, KEY],
    connections: 4,
    streams: 8,
    rate: 167,
    requests: Math.round(668 * seconds * 2),
  };
  tell("event loop: 2,000 ledger entries a second");
  // Reading the metrics starts the measurement anew.
  await readMetrics(own);
  const { perSecond } = await runH2load(folder, load);
  const delay = (await readMetrics(own)).find(({ name }) => name === "nodejs_eventloop_lag_p99_seconds");
  return { delayP99: (delay?.value ?? Number.NaN) * 1_000, entriesPerSecond: perSecond * 3 };
}
