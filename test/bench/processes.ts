import { type ChildProcess, type StdioOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A process that is measured, or that measuring needs. */
export interface Running {
  /** Where it listens, host:port, in an order of its own. */
  readonly addresses: readonly string[];
  /** Microseconds of CPU that it has used, all threads together; undefined where the system does not tell. */
  cpuMicros(): number | undefined;
  /** Asks a bench process how many calls it answered. */
  counts(): Promise<{ ok: number; failed: number }>;
  stop(): Promise<void>;
}

const canPin = cpus().length > 1 && spawnSync("taskset", ["-V"]).status === 0;

/** Whether servers have a core of their own, and load and upstream another. */
export const isPinned = canPin;

/** The words in front of a command that pin it to a core; none where that is not possible. */
export function pinnedTo(core: 0 | 1, command: readonly string[]): string[] {
  return canPin ? ["taskset", "-c", String(core), ...command] : [...command];
}

/** Starts a file of this folder and waits for its addresses. */
export async function startBench(core: 0 | 1, file: string, ...parameters: string[]): Promise<Running> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = start(core, [path, ...parameters], ["ignore", "inherit", "inherit", "ipc"]);
  const [message] = (await failOnExit(child, once(child, "message"))) as [{ addresses: string[] }];
  return running(child, message.addresses);
}

/**
 * Starts Pointsman with a configuration and waits for its greeting; its log goes to a file in the folder.
 * @param flags of Node, such as a profiler's.
 */
export async function startPointsman(
  folder: string,
  name: string,
  flags: readonly string[] = [],
): Promise<Running> {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const log = openSync(join(folder, `${name}.log`), "a");
  const child = start(0, [...flags, main, join(folder, `${name}.yaml`)], ["ignore", log, "pipe"]);
  let said = "";
  const greeted = new Promise<void>((resolve) => {
    child.stderr?.on("data", (data: Buffer) => {
      said += data.toString();
      if (said.includes("Try:")) resolve();
    });
  });
  await failOnExit(child, greeted, () => said);
  const find = (pattern: RegExp): string => {
    const address = pattern.exec(said)?.[1];
    if (!address) throw new Error(`no address in: ${said}`);
    return address;
  };
  return running(child, [find(/gRPC {3,}(\S+)/), find(/JSON {2,}http:\/\/(\S+)/)]);
}

function start(core: 0 | 1, parameters: readonly string[], stdio: StdioOptions): ChildProcess {
  const [command, ...rest] = pinnedTo(core, [process.execPath, ...parameters]);
  return spawn(command!, rest, { stdio, env: { ...process.env, NODE_ENV: "production" } });
}

async function failOnExit<Value>(
  child: ChildProcess,
  wanted: Promise<Value>,
  said = () => "",
): Promise<Value> {
  const exited = once(child, "exit").then(([code]) => {
    throw new Error(`${child.spawnargs.join(" ")} ended with ${code}: ${said()}`);
  });
  exited.catch(() => undefined);
  return await Promise.race([wanted, exited]);
}

function running(child: ChildProcess, addresses: readonly string[]): Running {
  return {
    addresses,
    cpuMicros: () => readCpu(child.pid ?? 0),
    async counts() {
      const answer = once(child, "message");
      child.send("counts");
      const [message] = (await answer) as [{ counts: { ok: number; failed: number } }];
      return message.counts;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const slow = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(slow);
    },
  };
}

/** Fields 14 and 15 of Linux's process statistics, in hundredths of a second. */
function readCpu(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return undefined;
  }
}
