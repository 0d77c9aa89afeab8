import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real server for one test file. */
export interface RedisServer {
  readonly url: string;
  /** Stops answering, as a server that is away. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** The server program of this machine; undefined where there is none. In CI its absence is an error. */
export function findRedisProgram(): string | undefined {
  for (const program of ["valkey-server", "redis-server"]) {
    if (spawnSync(program, ["--version"]).status === 0) return program;
  }
  if (process.env.CI) throw new Error("CI needs valkey-server or redis-server");
  return undefined;
}

/** Starts a server on a free port of the loopback interface, with its data in a folder of its own. */
export async function startRedis(program: string, ...extra: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-redis-"));
  const port = await freePort();
  const child: ChildProcess = spawn(
    program,
    [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      folder,
      "--save",
      "",
      "--appendonly",
      "no",
      ...extra,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (data: Buffer) => {
      if (data.toString().includes("eady to accept connections")) resolve();
    });
    child.once("exit", () => reject(new Error(`${program} did not start`)));
  });
  return {
    url: `redis://127.0.0.1:${port}/0`,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async close() {
      child.kill("SIGCONT");
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
