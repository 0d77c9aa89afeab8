import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import type { CodeLanguage } from "./code-blocks.ts";
import { javascriptProgram, pythonProgram } from "./sandbox-programs.ts";

/** How running code ended. Everything but `passed` is a failure of the code. */
export type CodeResult =
  | { readonly type: "passed" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "timeout" };

/** Runs code that nobody trusts in a process of its own. */
export interface Sandbox {
  /** Why code of this language cannot be run here; undefined where it can. */
  unavailable(language: CodeLanguage): string | undefined;
  /** Runs code and, after it, the test. It passes where the test runs to its end without an exception. */
  run(
    language: CodeLanguage,
    code: string,
    test: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<CodeResult>;
}

/** The most that is read of what code writes, in bytes; more ends it. */
const MAX_OUTPUT = 256 * 1024;
/** What code may hold in memory, in KiB. */
const MEMORY_KIB = 768 * 1024;

/**
 * Makes a sandbox. The process has no environment, no file, no network, no child process and no thread; its memory,
 * processor time, output and duration are bounded. JavaScript is held by Node's permission model, Python by rlimits
 * and an audit hook that cannot be taken away. It is a fence around the mistakes of models, not a prison for an attacker:
 * where answers may be hostile, run evaluations in a container.
 */
export function createSandbox(): Sandbox {
  const missing = new Map<CodeLanguage, string | undefined>();
  return {
    unavailable(language) {
      if (!missing.has(language)) missing.set(language, whyUnavailable(language));
      return missing.get(language);
    },
    run: (language, code, test, timeoutMs, signal) => {
      // Code that leaves early, on purpose or not, does not know what stands at the end.
      const seal = randomBytes(16).toString("hex");
      return runProgram(language, programOf(language, code, test, seal), seal, timeoutMs, signal);
    },
  };
}

function whyUnavailable(language: CodeLanguage): string | undefined {
  if (process.platform === "win32") return "code is only run where processes can be limited, not on Windows";
  const flags = process.allowedNodeEnvironmentFlags;
  // Without --allow-net this Node does not know how to keep code off the network.
  if (language !== "python" && !(flags.has("--permission") && flags.has("--allow-net")))
    return `Node ${process.version} cannot keep code off the network; 25 or later can`;
  // Not every system has every limit: an empty program shows whether the fence can be put up here.
  const empty = programOf(language, "", "", "sealed");
  const [shell, ...words] = limited(language, 10_000);
  const { stdout, stderr } = spawnSync(shell, words, { ...surroundings(), input: empty, timeout: 30_000 });
  if (stdout?.toString().trimEnd().endsWith("sealed")) return undefined;
  const complaint = stderr?.toString().trimEnd().split("\n").at(-1)?.slice(0, 200) || "it does not start";
  return `${language} cannot be run within limits here: ${complaint}`;
}

function programOf(language: CodeLanguage, code: string, test: string, seal: string): string {
  return language === "python" ? pythonProgram(code, test, seal) : javascriptProgram(code, test, seal);
}

/** The command that runs a program from its standard input, under what limits a shell can set. */
function limited(language: CodeLanguage, timeoutMs: number): [shell: string, ...words: string[]] {
  const seconds = Math.ceil(timeoutMs / 1000) + 1;
  const limits = `ulimit -c 0 && ulimit -d ${MEMORY_KIB} && ulimit -t ${seconds} && exec "$0" "$@"`;
  return ["/bin/sh", "-c", limits, ...commandOf(language)];
}

/** Nothing of this process's environment but where programs are. */
function surroundings(): { cwd: string; env: { PATH: string } } {
  return { cwd: tmpdir(), env: { PATH: process.env.PATH ?? "/usr/bin:/bin" } };
}

function commandOf(language: CodeLanguage): readonly string[] {
  if (language === "python") return ["python3", "-I", "-S", "-B", "-"];
  return [
    process.execPath,
    "--permission",
    "--max-old-space-size=256",
    "--no-warnings",
    language === "typescript" ? "--input-type=module-typescript" : "--input-type=module",
    "-",
  ];
}

function runProgram(
  language: CodeLanguage,
  program: string,
  seal: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CodeResult> {
  const [shell, ...words] = limited(language, timeoutMs);
  const child = spawn(shell, words, {
    ...surroundings(),
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  return new Promise((resolve, reject) => {
    let output = "";
    let complaint = "";
    let timedOut = false;
    let size = 0;
    const kill = (): void => {
      try {
        // The whole group: whatever it might have started ends with it.
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    const collect = (chunk: Buffer): string => {
      size += chunk.length;
      if (size > MAX_OUTPUT) kill();
      return size > MAX_OUTPUT ? "" : chunk.toString("utf8");
    };
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
    signal.addEventListener("abort", kill, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      output += collect(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      complaint += collect(chunk);
    });
    // A process that ends before it has read its program is seen by its exit.
    child.stdin.on("error", () => {});
    child.stdin.end(program);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    };
    child.on("error", (error) => {
      settle();
      reject(error);
    });
    child.on("close", (code) => {
      settle();
      if (signal.aborted) reject(signal.reason);
      else if (timedOut) resolve({ type: "timeout" });
      else if (code === 0 && output.trimEnd().endsWith(seal)) resolve({ type: "passed" });
      else resolve({ type: "failed", message: describe(code, complaint, size) });
    });
  });
}

function describe(code: number | null, complaint: string, size: number): string {
  if (size > MAX_OUTPUT) return "it wrote too much";
  const lines = complaint.split("\n").map((line) => line.trim());
  const error = lines.findLast((line) => /^(\w+\.)*\w*(Error|Exception)\b/.test(line));
  if (error !== undefined) return error.slice(0, 300);
  if (/heap out of memory|Last few GCs|MemoryError/.test(complaint)) return "it ran out of memory";
  if (code === 0) return "it ended before its test did";
  return code === null ? "it was ended: out of memory or processor time" : `it ended with code ${code}`;
}
