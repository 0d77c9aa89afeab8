import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, vi } from "vitest";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { cachePurge } from "../../src/cli/cache-command.ts";
import { UsageError } from "../../src/cli/input.ts";
import { loadConfig } from "../../src/config.ts";
import { findRedisProgram, startRedis } from "../admission/redis-server.ts";
import { createConfigFolder } from "../support/configuration.ts";
import { as, ask, type GovernedService, keyConfig, startService, targetAt } from "./service.ts";

const POLICY = "name: cached\nrules:\n  - { id: all, cache: { ttl: 1h } }\n";
const COMMAND = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const redis = findRedisProgram();

it("purges by tenant and by label while the service runs: SQLite", () => purgeWith({}));

it("is a command, which makes no store where there is none", async () => {
  using folder = createConfigFolder();
  folder.writeConfig({});
  const args = [
    COMMAND,
    "cache",
    "purge",
    "--tenant",
    "acme",
    "--config",
    join(folder.path, "pointsman.yaml"),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe("0 kept answers of acme purged.\n");
  expect(existsSync(join(folder.path, "data", "answers.sqlite"))).toBe(false);
});

it.skipIf(!redis)("purges by tenant and by label while the service runs: Valkey or Redis", async () => {
  const server = await startRedis(redis as string);
  try {
    await purgeWith({ shared_store: { valkey_urls: [server.url] } });
  } finally {
    await server.close();
  }
});

async function purgeWith(config: Readonly<Record<string, unknown>>): Promise<void> {
  await using service = await startService(POLICY, (provider) => ({
    targets: [targetAt(provider, "one")],
    keys: [keyConfig("acme", "acme"), keyConfig("globex", "globex")],
    ...config,
  }));
  const isHit = async (tenant: string, project: string): Promise<boolean> => {
    const input = ask(`the question of ${project}`, { labels: { project } });
    const { completion } = await service.grpc.unary(RouteService.method.route, { input }, as(tenant));
    return completion?.cacheHit !== undefined;
  };
  const hits = async (): Promise<boolean[]> => [
    await isHit("acme", "red"),
    await isHit("acme", "blue"),
    await isHit("globex", "red"),
  ];
  // Answers are kept behind the caller's back, one after the other: where a later one is, all earlier ones are.
  const settled = async (): Promise<void> => {
    await expect.poll(hits).toEqual([true, true, true]);
    const last = `last of ${service.provider.seen.length}`;
    await expect.poll(() => isHit("globex", last)).toBe(true);
  };
  expect(await hits()).toEqual([false, false, false]);
  await settled();
  expect(await purge(service, "acme", "project=red")).toEqual({
    tenant: "acme",
    label: { name: "project", value: "red" },
    purged: 1,
  });
  expect(await hits()).toEqual([false, true, true]);
  await settled();
  expect(await purge(service, "acme")).toEqual({ tenant: "acme", purged: 2 });
  expect(await hits()).toEqual([false, false, true]);
  await expect(purge(service, "acme", "nonsense")).rejects.toBeInstanceOf(UsageError);
}

async function purge(service: GovernedService, tenant: string, label?: string): Promise<unknown> {
  const lines: string[] = [];
  const print = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  try {
    const loaded = loadConfig(service.configFile, {}, ".");
    expect(await cachePurge(loaded, { tenant, ...(label !== undefined && { label }) }, true)).toBe(0);
  } finally {
    print.mockRestore();
  }
  return JSON.parse(lines.join("\n"));
}
