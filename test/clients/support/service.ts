import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { freePorts } from "../../support/free-ports.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A real server in a process of its own, as clients meet it. */
export interface Service {
  /** host:port of the gRPC door and of the HTTP door; the same after a restart. */
  readonly grpc: string;
  readonly http: string;
  /** What the conversations call their credentials. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The private authority's PEM file; undefined where the service speaks in the clear. */
  readonly authority: string | undefined;
  /** Kills the process, as a crash does, and starts another on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a service: `open` to everybody on this machine, or `guarded` by TLS and API keys. */
export async function startService(kind: "open" | "guarded"): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), `pointsman-${kind}-`));
  const [grpcPort, httpPort] = await freePorts(2);
  const certificates = kind === "guarded" ? makeCertificates(folder) : undefined;
  const grpc = `127.0.0.1:${grpcPort}`;
  const http = `127.0.0.1:${httpPort}`;
  writeFileSync(join(folder, "policy.yaml"), stringify(policy));
  writeFileSync(
    join(folder, "pointsman.yaml"),
    stringify(configuration(grpc, http, certificates), { aliasDuplicateObjects: false }),
  );
  let child = await launch(folder, [Number(grpcPort), Number(httpPort)]);
  // A certificate is for a name, and some clients send none for an address.
  const host = certificates ? "localhost" : "127.0.0.1";
  return {
    grpc: `${host}:${grpcPort}`,
    http: `${host}:${httpPort}`,
    credentials: { auditor: keys.auditor, caller: keys.caller, wrong: keys.wrong },
    authority: certificates?.authority,
    async restart() {
      await end(child, "SIGKILL");
      child = await launch(folder, [Number(grpcPort), Number(httpPort)]);
    },
    async stop() {
      await end(child, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The answer to what every example asks. */
export const SKY = "Air scatters the short waves of light more than the long ones, and blue is short.";

const keys = {
  auditor: `pm_smoke-auditor_${"a1B2".repeat(10)}`,
  caller: `pm_smoke-caller_${"c3D4".repeat(10)}`,
  wrong: `pm_smoke-caller_${"wR0n".repeat(10)}`,
};

const policy = {
  name: "smoke",
  rules: [
    {
      id: "no-forbidden-data",
      when: '"data" in labels && labels["data"] == "forbidden"',
      deny: { message: "Forbidden data is not sent anywhere." },
    },
    {
      id: "slow-on-demand",
      when: '"pace" in labels && labels["pace"] == "slow"',
      only: { targets: ["slow"] },
    },
    // An answer is worth a hundred dollars, so that no prompt is too long to be worth its price.
    { id: "worth", stakes: { success_value: 100, failure_cost: 0, latency_cost: 0 } },
    { id: "prefer-fast", prefer: [{ target: "fast", weight: 100 }] },
  ],
};

function configuration(grpc: string, http: string, certificates: Certificates | undefined): object {
  const simulated = { provider: "simulated", context_window: 4_000_000, price: { input: 10, output: 100 } };
  return {
    listen: {
      grpc,
      http,
      ...(certificates && { tls: { cert_file: certificates.certificate, key_file: certificates.key } }),
    },
    data: "data",
    policy: "policy.yaml",
    targets: [
      {
        ...simulated,
        id: "fast",
        model: "fast",
        capabilities: ["tools", "images", "json_schema"],
        simulate: {
          scripts: [
            { when: "say grüße", answer: "Grüße · Привет · こんにちは · 👋🏽🚂" },
            { when: "why is the sky blue", answer: SKY },
          ],
        },
      },
      {
        ...simulated,
        id: "slow",
        model: "slow",
        simulate: {
          time_to_first_token: 100,
          tokens_per_second: 20,
          scripts: [{ when: "long story", answer: "The slow train went on and on. ".repeat(100) }],
        },
      },
    ],
    ...(certificates && {
      keys: [
        { id: "smoke-auditor", key: keys.auditor, tenant: "acme", roles: ["auditor", "caller"] },
        { id: "smoke-caller", key: keys.caller, tenant: "acme", app: "smoke", roles: ["caller"] },
      ],
      identity: { anonymous: "never" },
    }),
    log: { level: "warn" },
  };
}

async function launch(folder: string, ports: number[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(root, "src/main.ts"), "pointsman.yaml"], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    });
  }
  const until = performance.now() + 180_000;
  while (!(await Promise.all(ports.map(answers))).every(Boolean)) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill("SIGKILL");
      throw new Error(`the service did not start:\n${output}`);
    }
    await sleep(50);
  }
  return child;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  await ended;
  clearTimeout(timer);
}
