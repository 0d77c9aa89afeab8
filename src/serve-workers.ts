import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConfigError, type LoadedConfig, loadConfig } from "./config.ts";
import { firstSignal, type ServeOptions } from "./main.ts";
import { createServiceLog } from "./service-log.ts";
import { createWorkerFigures } from "./worker-figures.ts";
import { type FromWorker, isOurs, type ToWorker, WORKER_MARK } from "./worker-messages.ts";

/** How long after a worker died another takes its place: doubles with every death until one serves, in milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Runs several processes of the service on the same addresses and the same folder of data, so that it uses several cores. A
 * worker that dies is replaced; a signal is passed on to all. Resolves with the exit code: that of the first worker that
 * could not start, else 0 once all have drained.
 */
export async function serveByWorkers(options: ServeOptions, count: number): Promise<number> {
  const { config, environment, workingFolder } = options;
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig(config, environment, workingFolder);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return error instanceof ConfigError ? 2 : 1;
  }
  const { logger } = createServiceLog(loaded.config.log.level);
  const figures = createWorkerFigures(count);
  const ready = new Set<Worker>();
  const failed = Promise.withResolvers<number>();
  let started = 0;
  let deaths = 0;
  let hasServed = false;
  const ending = new AbortController();

  cluster.setupPrimary({
    exec: fileURLToPath(new URL("./main.ts", import.meta.url)),
    args: config === undefined ? [] : [config],
    cwd: workingFolder,
  });
  const tell = (worker: Worker, message: ToWorker): void => {
    // A channel that has just closed belongs to a worker that is being replaced.
    worker.send(message, () => undefined);
  };
  const start = (): void => {
    const number = ++started;
    const worker = cluster.fork({ ...environment, [WORKER_MARK]: String(number) });
    logger.info({ msg: "worker started", worker: number, pid: worker.process.pid });
    worker.on("error", (error) => logger.error({ msg: "a worker's channel failed", err: error }));
  };
  cluster.on("message", (worker, message: unknown) => {
    if (!isOurs<FromWorker>(message)) return;
    if (message.pointsman === "ready") {
      ready.add(worker);
      deaths = 0;
      hasServed ||= ready.size === count;
    } else if (message.pointsman === "figures") figures.take(message.id, message.figures);
    else {
      const { id } = message;
      const ask = (round: number): void => {
        for (const one of ready) tell(one, { pointsman: "figures_wanted", id: round });
      };
      figures.gather(ready.size, ask).then(
        (text) => tell(worker, { pointsman: "metrics", id, text }),
        (error: unknown) => tell(worker, { pointsman: "metrics", id, reason: String(error) }),
      );
    }
  });
  cluster.on("exit", (worker, code, signal) => {
    ready.delete(worker);
    if (ending.signal.aborted) return;
    // What keeps a worker from starting at the beginning will keep the next one too: a mistake, a port that is taken.
    if (!hasServed) return failed.resolve(code || 1);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** deaths++);
    logger.error({ msg: "a worker died, another takes its place", code, signal, pause_ms: pauseMs });
    // This keeps the process alive: where all workers die at once, nothing else does.
    pause(pauseMs, undefined, { signal: ending.signal }).then(start, () => undefined);
  });

  for (let index = 0; index < count; index += 1) start();
  const passOn = (signal: NodeJS.Signals): void => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
  };
  process.on("SIGHUP", () => passOn("SIGHUP"));
  const code = await Promise.race([failed.promise, firstSignal().then(() => 0)]);
  ending.abort();
  const ended = Object.values(cluster.workers ?? {}).map((worker) => worker && once(worker, "exit"));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => passOn("SIGTERM"));
  passOn("SIGTERM");
  const codes = (await Promise.all(ended)).map((end) => Number(end?.[0] ?? 1));
  return code || (codes.every((one) => one === 0) ? 0 : 1);
}
