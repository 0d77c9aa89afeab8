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

    // Its client gives each case a few seconds of real time, which a machine that is busy otherwise may not have.
    it.each([
      [
        "gRPC",
        "grpc",
        ["--known-failing", "@grpc-known-failing.txt", "--known-flaky", "@grpc-known-flaky.txt"],
      ],
      ["Connect and gRPC-Web", "http", []],
    ])("passes for %s", { retry: 2, timeout: 600_000 }, (_, name, exceptions) => {
      const parameters = ["--mode", "server", "--conf", `${name}.yaml`, ...exceptions];
      const { status, stdout, stderr } = spawnSync(
        runner,
        [...parameters, "--", process.execPath, "server.ts"],
        { cwd: folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
      );
      const failed = `${stdout}\n${stderr}`.split("\n").filter((line) => /^(FAILED|INFO|ERROR)/.test(line));
      expect({ status, failed: status === 0 ? [] : failed }).toEqual({ status: 0, failed: [] });
    });
  },
);
