import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createConnectClient, createGrpcClient, type DoorClient } from "../support/clients.ts";
import type { Centre } from "./centre.ts";

/** A whole service in a process of its own, and a client of each of its doors. */
export interface ServiceProcess {
  readonly clients: readonly [DoorClient, DoorClient];
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/**
 * Writes a configuration of two simulated targets, one of which fails now and then; returns its path.
 * @param centre where entries are shipped to. If not set, they stay. @param read which side answers questions.
 */
export function writeServiceConfig(
  folder: string,
  signingKey: string,
  centre?: Centre,
  read: "local" | "centre" = "local",
): string {
  const file = join(folder, `pointsman-${read}.json`);
  const target = (id: string, simulate: object): object => ({
    id,
    provider: "simulated",
    model: id,
    simulate,
  });
  const config = {
    listen: { grpc: "127.0.0.1:0", http: "127.0.0.1:0" },
    data: "data",
    targets: [
      target("steady", {
        time_to_first_token: { type: "exponential", mean_ms: 10 },
        tokens_per_second: 2000,
      }),
      target("shaky", {
        faults: [
          { kind: "server_error", rate: 0.1 },
          { kind: "cut", rate: 0.1 },
        ],
      }),
    ],
    ledger: {
      sign: { key: signingKey, every_entries: 50, every_seconds: 1 },
      // Small batches, so that a backlog takes many transactions to ship.
      ...(centre && { postgres: { ...centre, batch_size: 20, read } }),
    },
    log: { level: "error" },
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** How long a start may take before it counts as failed. */
const PATIENCE_MS = 300_000;

/**
 * Starts the service; resolves when it has said where it listens, or with undefined when it was killed first.
 * @param killAfterMs kills it so long after its start, wherever in its start it is. If not set, it is left to live.
 */
export async function startServiceProcess(
  config: string,
  killAfterMs?: number,
): Promise<ServiceProcess | undefined> {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const log = openSync(`${config}.log`, "a");
  const child = spawn(process.execPath, [main, config], { stdio: ["ignore", log, "pipe"] });
  const exited = once(child, "exit");
  const kill = setTimeout(() => child.kill("SIGKILL"), killAfterMs ?? PATIENCE_MS);
  let said = "";
  const greeted = new Promise<true>((resolve) => {
    child.stderr?.on("data", (data: Buffer) => {
      said += data.toString();
      if (said.includes("Try:")) resolve(true);
    });
  });
  const ready = await Promise.race([greeted, exited.then(() => false)]);
  if (killAfterMs !== undefined) {
    await exited;
    return undefined;
  }
  clearTimeout(kill);
  if (!ready) throw new Error(`the service did not start again: ${said}`);
  const addressOf = (pattern: RegExp): string => pattern.exec(said)?.[1] ?? "";
  const clients = [
    createGrpcClient(addressOf(/gRPC {3,}(\S+)/)),
    createConnectClient(addressOf(/JSON {2,}http:\/\/(\S+)/)),
  ] as const;
  return {
    clients,
    async kill() {
      child.kill("SIGKILL");
      await exited;
      for (const client of clients) client.close();
    },
  };
}
