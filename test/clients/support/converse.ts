import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { compare, type Json } from "./compare.ts";
import type { Service } from "./service.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A program that holds conversations. */
export interface SmokeProgram {
  /** What is run; the conversation's path and the flavour are added. */
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
}

type Step = { name: string; want: Json };
type Line = { step?: string; ask?: string } & Record<string, Json>;

/**
 * Lets a program hold a conversation with a service.
 * @returns one sentence for each difference from what was wanted.
 */
export async function converse(
  program: SmokeProgram,
  flavour: string,
  conversation: string,
  service: Service,
): Promise<string[]> {
  const path = `${root}/clients/smoke/${conversation}.json`;
  const { steps } = JSON.parse(readFileSync(path, "utf8")) as { steps: Step[] };
  const run = `smoke-${randomUUID().slice(0, 8)}`;
  const { lines, errors, code } = await hold(program, [path, flavour], run, service);
  const results: Record<string, Json> = {
    run,
    ...Object.fromEntries(lines.map((line) => [line.step, line])),
  };
  const differences = steps.flatMap(({ name, want }) => {
    const result = results[name];
    if (result === undefined) return [`${name}: was not carried out`];
    const found = compare(result, fill(want, results), name);
    const error = (result as Line).error;
    return found.length > 0 && error !== undefined
      ? [...found, `${name} failed: ${JSON.stringify(error)}`]
      : found;
  });
  if (code !== 0) differences.push(`the program ended with ${code}`);
  if (differences.length > 0) differences.push(errors.slice(-4_000));
  return differences;
}

function hold(
  { command: [executable, ...parameters], environment }: SmokeProgram,
  more: string[],
  run: string,
  service: Service,
): Promise<{ lines: Line[]; errors: string; code: number | null }> {
  const child = spawn(executable, [...parameters, ...more], {
    cwd: root,
    env: {
      ...process.env,
      ...environment,
      SMOKE_RUN: run,
      SMOKE_GRPC: service.grpc,
      SMOKE_HTTP: service.http,
      SMOKE_CREDENTIALS: JSON.stringify(service.credentials),
      ...(service.authority !== undefined && { SMOKE_CA: service.authority }),
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lines: Line[] = [];
  const broken = Promise.withResolvers<never>();
  const fail = (error: unknown): void => {
    broken.reject(error);
    child.kill("SIGKILL");
  };
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line.ask !== undefined) restart(service).then(() => child.stdin.write("done\n"), fail);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 900_000);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    broken.promise.catch(reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ lines, errors, code });
    });
  });
}

/**
 * Restarts a service, and waits until every client has tried again: the pauses between tries to connect grow, so that the
 * last one may be as long as the service was away.
 */
async function restart(service: Service): Promise<void> {
  const since = performance.now();
  await service.restart();
  await sleep(performance.now() - since + 1_500);
}

/** Puts values out of earlier results into what is wanted. */
function fill(want: Json, results: Record<string, Json>): Json {
  if (typeof want === "string")
    return want.replace(/\$\{([^}]+)\}/g, (_, path: string) => lookUp(path, results));
  if (Array.isArray(want)) return want.map((item) => fill(item, results));
  if (typeof want !== "object" || want === null) return want;
  return Object.fromEntries(Object.entries(want).map(([key, value]) => [key, fill(value, results)]));
}

function lookUp(path: string, results: Record<string, Json>): string {
  let found: Json = results;
  for (const part of path.split(".")) found = (found as Record<string, Json> | undefined)?.[part];
  return typeof found === "string" ? found : `nothing at ${path}`;
}
