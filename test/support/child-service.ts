import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type ConfigFolder, createConfigFolder } from "./configuration.ts";
import { freePorts } from "./free-ports.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A service in a process of its own, as an operator runs it. */
export interface ChildService extends AsyncDisposable {
  readonly folder: ConfigFolder;
  readonly grpc: string;
  readonly http: string;
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Lines of the log so far. */
  log(): string;
  /** Waits until the log holds a text. */
  logged(text: string): Promise<void>;
  /** Writes the configuration anew, at the same addresses. */
  writeConfig(config: Readonly<Record<string, unknown>>): void;
}

/** Starts a service and waits until it is ready. */
export async function startChildService(
  config: Readonly<Record<string, unknown>>,
  policy: string,
): Promise<ChildService> {
  const folder = createConfigFolder();
  const [grpcPort, httpPort] = await freePorts(2);
  const listen = { grpc: `127.0.0.1:${grpcPort}`, http: `127.0.0.1:${httpPort}` };
  const writeConfig = (given: Readonly<Record<string, unknown>>): void =>
    folder.writeConfig({ listen, policy: "policy.yaml", log: { level: "info" }, ...given });
  folder.writePolicy(policy);
  writeConfig(config);
  const child = spawn(process.execPath, [main, "pointsman.yaml"], {
    cwd: folder.path,
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-100_000);
    });
  // Closed is later than ended: by then all that it said has been read.
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  const waitFor = async (holds: () => boolean | Promise<boolean>, what: string): Promise<void> => {
    for (const until = performance.now() + 120_000; !(await holds()); ) {
      if (child.exitCode !== null || child.signalCode !== null) {
        await ended;
        if (await holds()) return;
        throw new Error(`${what} did not come; exit code ${child.exitCode}:\n${text}`);
      }
      if (performance.now() > until) throw new Error(`${what} did not come:\n${text}`);
      await sleep(30);
    }
  };
  const ready = (): Promise<boolean> =>
    fetch(`http://${listen.http}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitFor(ready, "readiness");
  return {
    folder,
    ...listen,
    child,
    ended,
    log: () => text,
    logged: (part) => waitFor(() => text.includes(part), part),
    writeConfig,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
      folder[Symbol.dispose]();
    },
  };
}
