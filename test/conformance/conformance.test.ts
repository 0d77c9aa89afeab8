import { beforeAll, describe, expect, it } from "vitest";
import { missing } from "../clients/support/toolchain.ts";
import { buildTool } from "./build-tool.ts";
import { grpcFailures, httpFailures } from "./known-failing.ts";
import { runSuite } from "./run-suite.ts";

const lacking = missing([{ command: ["go", "version"] }]);

describe.skipIf(lacking !== undefined && process.env.CI !== "true")(
  `the official Connect conformance suite${lacking === undefined ? "" : ` (skipped: ${lacking})`}`,
  () => {
    let runner: string;

    beforeAll(() => {
      runner = buildTool("connectrpc.com/conformance/cmd/connectconformance");
    }, 1_800_000);

    it.each([
      ["gRPC", "grpc", grpcFailures],
      ["Connect and gRPC-Web", "http", httpFailures],
    ] as const)("passes for %s, but for what is known", { timeout: 3_600_000 }, async (_, name, known) => {
      expect(await runSuite(runner, name, known)).toEqual([]);
    });
  },
);
