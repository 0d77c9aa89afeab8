import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds a Go program at the version that tools/go.mod pins, and gives its path. Go's own cache makes a repeat quick. */
export function buildTool(name: string): string {
  const path = `${root}.cache/bin/${name.split("/").at(-1)}`;
  mkdirSync(`${root}.cache/bin`, { recursive: true });
  execFileSync("go", ["build", "-o", path, name], { cwd: `${root}test/conformance/tools`, stdio: "pipe" });
  return path;
}
