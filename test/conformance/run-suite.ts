import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KnownFailure } from "./known-failing.ts";

/** A case that failed, and everything that the suite said of it. */
interface Failure {
  readonly name: string;
  readonly complaints: string;
}

/** Cases whose failure says that the machine was too busy: nothing answered yet, or its deadline ran while it waited. */
const BUSY = /timed out waiting for result from server|echoed back a timeout/;

/**
 * Holds the suite against the server as `name`.yaml says. Where a case failed because the machine was too busy, that is
 * logged and the case is run again alone, once. A call that never gets its answer is no such case.
 * @returns one sentence for each difference from what is known.
 */
export async function runSuite(
  runner: string,
  name: string,
  known: readonly KnownFailure[],
): Promise<string[]> {
  await using server = await startServer();
  const { failures, cases } = hold(runner, name, server.socket, ["--parallel", "4", "--max-servers", "2"]);
  const busy = failures.filter(({ complaints }) => BUSY.test(complaints));
  const others = failures.filter((failure) => !busy.includes(failure));
  if (busy.length > 0) {
    console.warn(
      `The machine was busy: ${busy.length} cases are run again alone, ${busy[0]?.name} the first`,
    );
    const again = busy.flatMap((failure) => ["--run", failure.name]);
    const alone = ["--parallel", "1", "--max-servers", "1", ...again];
    others.push(...hold(runner, name, server.socket, alone).failures);
  }
  const matched = known.map((entry) => ({ entry, failures: others.filter((one) => isLike(one, entry)) }));
  const expected = new Set(matched.flatMap((one) => one.failures));
  return [
    ...(cases < 300 ? [`only ${cases} cases were run`] : []),
    ...others.filter((one) => !expected.has(one)).map((one) => `${one.name} failed:\n${one.complaints}`),
    ...matched
      .filter((one) => one.failures.length !== one.entry.cases)
      .map(
        ({ entry, failures: { length } }) =>
          `${entry.name}: ${length} of ${entry.cases} known failures failed as known`,
      ),
  ];
}

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Starts the server under test, which takes its time on a slow machine, before the suite counts seconds. */
async function startServer(): Promise<AsyncDisposable & { readonly socket: string }> {
  const place = mkdtempSync(join(tmpdir(), "pointsman-suite-"));
  const socket = join(place, "server");
  const child = spawn(process.execPath, ["server.ts", socket], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), ended]);
  if (child.exitCode !== null) throw new Error(`the server under test ended with ${child.exitCode}`);
  return {
    socket,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      rmSync(place, { recursive: true, force: true });
    },
  };
}

function hold(
  runner: string,
  name: string,
  socket: string,
  parameters: readonly string[],
): { failures: Failure[]; cases: number } {
  const { stdout, stderr } = spawnSync(
    runner,
    [
      "--mode",
      "server",
      "--conf",
      `${name}.yaml`,
      ...parameters,
      "--",
      process.execPath,
      "server-link.ts",
      socket,
    ],
    {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      timeout: 1_500_000,
    },
  );
  const total = /^Total cases: (\d+)\n(\d+) passed, (\d+) failed$/m.exec(stdout);
  const failures = [...stdout.matchAll(/^FAILED: (.+?):?\n((?:\t.*\n?)*)/gm)].map(
    ([, failed = "", text = ""]) => ({ name: failed, complaints: text.replaceAll(/^[\t ;]+/gm, "").trim() }),
  );
  // What it did not run, or did not say of each, must not pass for success.
  if (!total || Number(total[3]) !== failures.length) {
    throw new Error(`the suite was not run to its end:\n${`${stdout}\n${stderr}`.slice(-4_000)}`);
  }
  return { failures, cases: Number(total[1]) };
}

function isLike({ name, complaints }: Failure, { name: pattern, says }: KnownFailure): boolean {
  const [segments, wanted] = [name.split("/"), pattern.split("/")];
  return (
    segments.length === wanted.length &&
    wanted.every((segment, index) => segment === "*" || segment === segments[index]) &&
    says.test(complaints)
  );
}
