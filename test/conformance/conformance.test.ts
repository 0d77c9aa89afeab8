import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { missing } from "../clients/support/toolchain.ts";
import { buildTool } from "./build-tool.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const lacking = missing([{ command: ["go", "version"] }]);

describe.skipIf(lacking !== undefined && process.env.CI !== "true")(
  `the official Connect conformance suite${lacking === undefined ? "" : ` (skipped: ${lacking})`}`,
  () => {
    let runner: string;

    beforeAll(() => {
      runner = buildTool("connectrpc.com/conformance/cmd/connectconformance");
    }, 600_000);

    const hold = (name: string, parameters: string[]): { status: number | null; output: string } => {
      const { status, stdout, stderr } = spawnSync(
        runner,
        ["--mode", "server", "--conf", `${name}.yaml`, ...parameters, "--", process.execPath, "server.ts"],
        { cwd: folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
      );
      return { status, output: `${stdout}\n${stderr}` };
    };

    it.each([
      ["gRPC", "grpc", ["--known-failing", "@grpc-known-failing.txt"]],
      ["Connect and gRPC-Web", "http", []],
    ])("passes for %s", { timeout: 600_000 }, (_, name, exceptions) => {
      const { status, output } = hold(name, exceptions);
      const failures = [...output.matchAll(/^FAILED: (.+?):?\n\s*(.*)$/gm)];
      // The suite's client sometimes gets no result in time, or sees a timeout shrunk by waiting, while hundreds of cases run at once: such a case runs again alone.
      const late = failures.filter(([, , reason]) =>
        /failed to get result|timed out|echoed back a timeout/.test(reason ?? ""),
      );
      if (status === 0 || late.length !== failures.length || late.length > 20) {
        expect({ status, failures: failures.map(([text]) => text) }).toEqual({ status: 0, failures: [] });
      }
      for (const [, example = ""] of late) {
        const again = hold(name, ["--run", example]);
        expect(again.status, again.output).toBe(0);
      }
    });
  },
);
