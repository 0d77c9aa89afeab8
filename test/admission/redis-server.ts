import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectValkey } from "../../src/lib/valkey.ts";
import { freePort, isFree } from "../support/free-ports.ts";

/** A real server for one test file. */
export interface RedisServer {
  readonly url: string;
  /** Stops answering, as a server that is away. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** The server programs of this machine, Valkey's first. In CI it is an error where there are none. */
export function findRedisPrograms(): string[] {
  const found = ["valkey-server", "redis-server"].filter(
    (program) => spawnSync(program, ["--version"]).status === 0,
  );
  if (found.length === 0 && process.env.CI) throw new Error("CI needs valkey-server or redis-server");
  return found;
}

/** The first of them; undefined where there is none. */
export function findRedisProgram(): string | undefined {
  return findRedisPrograms()[0];
}

/** Starts a server on a free port of the loopback interface, with its data in a folder of its own. */
export async function startRedis(program: string, ...extra: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-redis-"));
  const given = extra.indexOf("--port");
  const port = given < 0 ? await freePort() : Number(extra[given + 1]);
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
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (data: Buffer) => {
      // A line may come in pieces; what is said later is of no interest.
      said = (said + data.toString()).slice(-10_000);
      if (said.includes("eady to accept connections")) resolve();
    });
    void ended.then(() => reject(new Error(`${program} did not start: ${said}`)));
  });
  return {
    url: `redis://127.0.0.1:${port}/0`,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async close() {
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** A cluster of real servers. */
export interface RedisCluster {
  readonly urls: readonly string[];
  /** One command at one of the nodes. */
  ask(node: number, ...command: readonly (string | number)[]): Promise<unknown>;
  close(): Promise<void>;
}

const SLOTS = 16_384;

/** Starts a cluster of three nodes without replicas on the loopback interface, and waits until it serves every slot. */
export async function startRedisCluster(program: string): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  for (let index = 0; index < 3; index++)
    nodes.push(
      await startRedis(
        program,
        ...["--cluster-enabled", "yes", "--port", String(await portWithBus())],
        // A busy machine must not make one node think that another is gone.
        ...["--cluster-node-timeout", "120000"],
      ),
    );
  const clients = nodes.map(({ url }) => connectValkey([url]));
  const { signal } = new AbortController();
  const ask = async (node: number, ...[name = "", ...parameters]: readonly (string | number)[]) =>
    clients[node]!.command(String(name), parameters, signal);
  const close = async (): Promise<void> => {
    for (const client of clients) await client.close();
    for (const node of nodes) await node.close();
  };
  try {
    for (const [index, { url }] of nodes.entries()) {
      const [from, to] = [Math.ceil((index * SLOTS) / 3), Math.ceil(((index + 1) * SLOTS) / 3)];
      await ask(index, "CLUSTER", "ADDSLOTS", ...Array.from({ length: to - from }, (_, slot) => from + slot));
      if (index > 0) await ask(0, "CLUSTER", "MEET", "127.0.0.1", new URL(url).port);
    }
    for (let node = 0; node < nodes.length; ) {
      const state = String(await ask(node, "CLUSTER", "INFO"));
      if (state.includes("cluster_state:ok") && state.includes("cluster_known_nodes:3")) node++;
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { urls: nodes.map(({ url }) => url), ask, close };
}

/** The bus of a node listens 10,000 above its port. */
async function portWithBus(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (await isFree(port + 10_000)) return port;
  }
}
