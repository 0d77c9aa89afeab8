import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pinnedTo } from "./processes.ts";

/** One run of the load generator. */
export interface Load {
  readonly url: string;
  /** The file whose bytes every request carries. */
  readonly body: string;
  readonly headers: readonly string[];
  /** HTTP/1.1, one request at a time on each connection, instead of HTTP/2. */
  readonly http1?: boolean;
  readonly connections: number;
  /** Requests at once on each connection; 1 with HTTP/1.1. */
  readonly streams: number;
  readonly requests: number;
  /** Requests a second on each connection; as many as go where it is not set. */
  readonly rate?: number;
}

/** What a run found. */
export interface LoadResult {
  readonly perSecond: number;
  /** Seconds that it took. */
  readonly seconds: number;
  /** Of each request in the order of their ends, in microseconds. */
  readonly latencies: readonly number[];
}

/** What to say where the load generator is not there; undefined where it is. */
export function whyNoH2load(): string | undefined {
  if (spawnSync("h2load", ["--version"]).status === 0) return undefined;
  return (
    "The benchmark needs h2load, a load generator that a Node client cannot stand in for: it would be slower than " +
    "what it measures.\nInstall it with `apt-get install nghttp2-client` (Debian, Ubuntu), `dnf install nghttp2` " +
    "(Fedora) or `brew install nghttp2` (macOS)."
  );
}

/** Runs a load. @throws Error where a single request was not answered with HTTP 200. */
export async function runH2load(folder: string, load: Load): Promise<LoadResult> {
  const log = join(folder, "h2load.log");
  rmSync(log, { force: true });
  const parameters = [
    ...(load.http1 ? ["--h1"] : ["-m", String(load.streams)]),
    ...["-n", String(load.requests), "-c", String(load.connections), "-d", load.body, `--log-file=${log}`],
    ...(load.rate === undefined ? [] : [`--rps=${load.rate}`]),
    ...load.headers.flatMap((header) => ["--header", header]),
    load.url,
  ];
  const said = await run(pinnedTo(1, ["h2load", ...parameters]));
  const [, seconds, perSecond] = /finished in ([\d.]+m?s), ([\d.]+) req\/s/.exec(said) ?? [];
  const succeeded = Number(/(\d+) succeeded/.exec(said)?.[1]);
  if (succeeded !== load.requests || !seconds) throw new Error(`requests failed:\n${said}`);
  const latencies = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => Number(line.split("\t")[2]));
  const duration = Number.parseFloat(seconds) / (seconds.endsWith("ms") ? 1_000 : 1);
  return { perSecond: Number(perSecond), seconds: duration, latencies };
}

function run([command, ...parameters]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command!, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    child.stderr.on("data", (data: Buffer) => (said += data.toString()));
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve(said) : reject(new Error(`h2load ended with ${code}: ${said}`)),
    );
  });
}
