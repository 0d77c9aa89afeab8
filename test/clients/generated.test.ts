import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { missing } from "./support/toolchain.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const lacking = missing([
  { command: ["go", "version"] },
  { command: ["cargo", "--version"] },
  { command: ["python3", "-c", "import venv, ensurepip"] },
]);

describe("generated code of the clients", () => {
  it.skipIf(lacking !== undefined && process.env.CI !== "true")(
    `is what the contract gives${lacking === undefined ? "" : ` (${lacking})`}`,
    () => {
      const { status, stderr } = spawnSync(process.execPath, ["clients/generate.ts", "--check"], {
        cwd: root,
        encoding: "utf8",
      });
      expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    },
    1_800_000,
  );
});
