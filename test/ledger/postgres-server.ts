import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-ports.ts";

/** A PostgreSQL server of a test's own, that can be stopped and started. */
export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The folder with `initdb` and `postgres`; undefined where the machine has none. */
export const postgresPrograms: string | undefined = findPrograms();

function findPrograms(): string | undefined {
  const versions = "/usr/lib/postgresql";
  const folders = existsSync(versions)
    ? readdirSync(versions).map((name) => join(versions, name, "bin"))
    : [];
  return [...folders, "/usr/local/bin"].find((folder) => existsSync(join(folder, "initdb")));
}

/** Makes a server on 127.0.0.1 and starts it. The server refuses to run as root, so root runs it as user postgres. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = postgresPrograms ?? "";
  const data = mkdtempSync(join(tmpdir(), "pointsman-postgres-"));
  const user = process.getuid?.() === 0 ? userPostgres() : undefined;
  if (user) chownSync(data, user.uid, user.gid);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const options = { ...user, cwd: data, stdio: "ignore" } as const;
  execFileSync(join(programs, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], options);
  let stop = async (): Promise<void> => undefined;

  const start = async (): Promise<void> => {
    const settings = [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=${data}`,
      "-p",
      String(port),
    ];
    const child = spawn(join(programs, "postgres"), ["-D", data, ...settings], options);
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    stop = async () => {
      child.kill("SIGINT");
      await ended;
    };
    const ready = [...["-h", "127.0.0.1", "-p", String(port), "-U", "postgres"]];
    for (const giveUp = performance.now() + 120_000; performance.now() < giveUp; ) {
      try {
        execFileSync(join(programs, "pg_isready"), ready, { stdio: "ignore" });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error("PostgreSQL did not start");
  };
  await start();
  return {
    url,
    start,
    stop: () => stop(),
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(data, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function userPostgres(): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
