import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A command that must succeed where a toolchain is there. */
export interface Need {
  readonly command: readonly [string, ...string[]];
}

/** Says what is missing; undefined where nothing is. Missing toolchains are a skip for a person and a failure in CI. */
export function missing(needs: readonly Need[]): string | undefined {
  for (const { command } of needs) {
    const [executable, ...parameters] = command;
    const { status } = spawnSync(executable, parameters, { stdio: "ignore" });
    if (status !== 0) return `\`${command.join(" ")}\` does not work here`;
  }
  return undefined;
}

/** Runs a build step in a folder of this repository. @throws with its output where it fails. */
export function run(command: string, parameters: readonly string[], folder: string): string {
  try {
    return execFileSync(command, parameters, { cwd: `${root}/${folder}`, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`\`${command} ${parameters.join(" ")}\` failed:\n${stdout ?? ""}\n${stderr ?? ""}`, {
      cause: error,
    });
  }
}
