import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { createConnectClient, createGrpcClient } from "../support/clients.ts";
import { type ConfigFolder, createConfigFolder } from "../support/configuration.ts";
import { freePorts } from "../support/free-ports.ts";
import { inputOf } from "../support/service.ts";

const program = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const targets = [
  {
    id: "small",
    provider: "simulated",
    model: "sim",
    price: { input: 1, output: 1 },
    simulate: { time_to_first_token: 1, tokens_per_second: 10_000 },
  },
];

it("serves by several processes on the same addresses, replaces one that dies, and drains them all", async () => {
  const [grpc, http] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`) as [string, string];
  const { folder, child, said, ended } = start(2, { listen: { grpc, http }, data: "data", targets });
  const metric = async (name: string): Promise<number> => {
    const text = await fetch(`http://${http}/metrics`, { headers: { connection: "close" } }).then(
      (answer) => answer.text(),
      () => "",
    );
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  const everybody = (): Promise<void> =>
    until(async () => (await metric("pointsman_workers_up")) === 2, said);
  await everybody();
  await until(() => said().includes("Pointsman is ready"), said);
  expect(said().match(/Pointsman is ready/g)).toHaveLength(1);

  // Each connection may come to another worker; the figures are those of all.
  const ask = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      const client = index % 2 === 0 ? createGrpcClient(grpc) : createConnectClient(http);
      await client.unary(RouteService.method.route, { input: inputOf(`Question ${index}.`) });
      client.close();
    }
  };
  await ask(12);
  await until(async () => (await metric("pointsman_decisions_total")) === 12, said);
  const writers = async (): Promise<number> => {
    const client = createGrpcClient(grpc);
    let found = 0;
    for await (const { event } of client.stream(AuditService.method.verifyLedger, {})) {
      if (event.case !== "summary") continue;
      found = event.value.writerCount;
      expect(event.value.brokenCount).toBe(0);
    }
    // What another worker wrote is seen soon.
    await until(async () => {
      const { records } = await client.unary(AuditService.method.listRecords, { pageSize: 100 });
      return records.length === 12;
    }, said);
    client.close();
    return found;
  };
  expect(await writers()).toBe(2);

  const [victim] = workersIn(said()) as [number, number];
  process.kill(victim, "SIGKILL");
  await until(() => workersIn(said()).length === 3, said);
  await until(() => said().includes("another takes its place"), said);
  await everybody();
  // All at once: nobody is left but the one who replaces them.
  for (const pid of workersIn(said()).slice(-2)) process.kill(pid, "SIGKILL");
  await until(() => workersIn(said()).length === 5, said);
  await everybody();
  await ask(4);

  // As a terminal does it, which reaches everybody.
  for (const pid of [child.pid, ...workersIn(said()).slice(-2)]) process.kill(Number(pid), "SIGINT");
  expect(await ended).toBe(0);
  folder[Symbol.dispose]();
});

it("gives up where the first workers cannot start, with their exit code", async () => {
  const { folder, said, ended } = start(2, { targets: [{ id: "Bad Id" }] });
  expect(await ended).toBe(2);
  expect(said()).toContain("targets[0].id");
  folder[Symbol.dispose]();
});

interface Supervised {
  readonly folder: ConfigFolder;
  readonly child: ChildProcess;
  said(): string;
  readonly ended: Promise<number | string>;
}

function start(workers: number, config: Readonly<Record<string, unknown>>): Supervised {
  const folder = createConfigFolder();
  folder.writeConfig({ log: { level: "info" }, ...config });
  const parameters = [program, "serve", "--config", "pointsman.yaml", "--workers", String(workers)];
  const child = spawn(process.execPath, parameters, {
    cwd: folder.path,
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-100_000);
    });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return { folder, child, said: () => text, ended };
}

/** Process ids of the workers that were started, in order. */
function workersIn(text: string): number[] {
  return [...text.matchAll(/"worker started","worker":\d+,"pid":(\d+)/g)].map(([, pid]) => Number(pid));
}

async function until(holds: () => boolean | Promise<boolean>, said: () => string): Promise<void> {
  for (const patience = performance.now() + 240_000; !(await holds()); await sleep(50))
    if (performance.now() > patience) throw new Error(`it did not come to pass:\n${said()}`);
}
