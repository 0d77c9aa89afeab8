import { describe, expect, it } from "vitest";
import type { CodeLanguage } from "./code-blocks.ts";
import { createSandbox } from "./sandbox.ts";

const sandbox = createSandbox();
const never = new AbortController().signal;
const run = (language: CodeLanguage, code: string, test: string, timeoutMs = 120_000) =>
  sandbox.run(language, code, test, timeoutMs, never);

describe("JavaScript", () => {
  const why = sandbox.unavailable("javascript");

  it.skipIf(why)("passes code whose test runs to its end, and says what is wrong otherwise", async () => {
    expect(await run("javascript", "export const f = (x) => x + 1;", "assert.equal(f(1), 2);")).toEqual({
      type: "passed",
    });
    expect(await run("javascript", "const f = (x) => x;", "assert.equal(f(1), 2);")).toMatchObject({
      type: "failed",
      message: expect.stringContaining("AssertionError"),
    });
    expect(await run("javascript", "const f = (", "f();")).toMatchObject({
      message: expect.stringContaining("SyntaxError"),
    });
  });

  it.skipIf(why)("lets code use require, module.exports and names of its own", async () => {
    const code =
      'const assert = require("node:assert"); const { inspect } = require("node:util"); module.exports = { inspect };';
    expect(await run("javascript", code, "assert.equal(inspect(1), '1');")).toEqual({ type: "passed" });
  });

  it.skipIf(why)("is not passed by code that leaves before its test", async () => {
    expect(await run("javascript", "process.exit(0);", "assert.ok(false);")).toEqual({
      type: "failed",
      message: "it ended before its test did",
    });
  });

  it.skipIf(why).each([
    ["files", 'require("node:fs").readFileSync("/etc/hostname");', /restricted/],
    ["writing", 'require("node:fs").writeFileSync("/tmp/pointsman-sandbox-test", "x");', /restricted/],
    ["processes", 'require("node:child_process").execSync("true");', /restricted/],
    ["threads", 'new (require("node:worker_threads").Worker)("1", { eval: true });', /restricted/],
    ["signals", "process.kill(process.ppid, 0);", /not a function/],
    [
      "the network",
      'await fetch("http://127.0.0.1:59999/").catch((error) => { throw error.cause; });',
      /restricted|ACCESS_DENIED/,
    ],
    ["the environment", 'assert.ok(process.env.HOME, "no environment");', /no environment/],
  ])("keeps code from %s", async (_name, code, reason) => {
    const result = await run("javascript", code, "");
    expect(result).toMatchObject({ type: "failed" });
    // Each for its own reason: a test that fails for another one would prove nothing.
    expect(result).toMatchObject({ message: expect.stringMatching(reason) });
  });

  it.skipIf(why)("ends code that runs too long, writes too much or takes too much memory", async () => {
    expect(await run("javascript", "for (;;);", "", 500)).toEqual({ type: "timeout" });
    expect(
      await run("javascript", 'for (let i = 0; i < 64; i++) process.stdout.write("x".repeat(65536));', ""),
    ).toEqual({
      type: "failed",
      message: "it wrote too much",
    });
    const greedy = "const all = []; for (;;) all.push(Buffer.alloc(16_000_000, 1));";
    expect(await run("javascript", greedy, "")).toMatchObject({ type: "failed" });
  });

  it.skipIf(why)("stops where the signal aborts", async () => {
    const stop = new AbortController();
    const running = sandbox.run("javascript", "for (;;);", "", 30_000, stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 100);
    await expect(running).rejects.toThrow("enough");
  });
});

describe("TypeScript", () => {
  it.skipIf(sandbox.unavailable("typescript"))("runs with its types, in the same fence", async () => {
    const code = "export function f(x: number): number { return x + 1; }";
    expect(await run("typescript", code, "assert.equal(f(1), 2);")).toEqual({ type: "passed" });
    expect(await run("typescript", 'require("node:fs").readFileSync("/etc/hostname");', "")).toMatchObject({
      message: expect.stringContaining("restricted"),
    });
  });
});

describe("Python", () => {
  const why = sandbox.unavailable("python");

  it.skipIf(why)("passes code whose test runs to its end, and says what is wrong otherwise", async () => {
    const code = "import math\nfrom collections import Counter\ndef f(x):\n    return x + 1\n";
    expect(
      await run("python", code, "assert f(1) == 2 and math.pi > 3\nassert Counter('aa')['a'] == 2"),
    ).toEqual({
      type: "passed",
    });
    expect(await run("python", "def f(x): return x", "assert f(1) == 2, 'off by one'")).toEqual({
      type: "failed",
      message: "AssertionError: off by one",
    });
    expect(await run("python", "def f(", "f()")).toMatchObject({
      message: expect.stringContaining("SyntaxError"),
    });
  });

  it.skipIf(why)("is not passed by code that leaves before its test", async () => {
    expect(await run("python", "import sys\nsys.exit(0)", "assert False")).toMatchObject({
      type: "failed",
      message: "it ended before its test did",
    });
  });

  it.skipIf(why).each([
    ["files", 'open("/etc/hostname")'],
    ["processes", 'import os\nos.system("true")'],
    ["copies of itself", "import os\nos.fork()"],
    ["signals", "import os\nos.kill(os.getppid(), 0)"],
    ["the network", "import socket\nsocket.create_connection(('127.0.0.1', 1))"],
    ["its limits", "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))"],
    ["memory", "x = bytearray(1 << 30)"],
  ])("keeps code from %s", async (_name, code) => {
    expect(await run("python", code, "")).toMatchObject({ type: "failed" });
  });

  it.skipIf(why)("ends code that runs too long", async () => {
    expect(await run("python", "while True: pass", "", 500)).toEqual({ type: "timeout" });
  });
});
