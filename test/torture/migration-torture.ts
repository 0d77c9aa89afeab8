import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import type { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { indexFile, ledgerFile } from "../../src/ledger/sqlite-database.ts";
import { inputOf } from "../support/service.ts";
import { type Centre, catchUp, gapsOf, layoutOf, makeFirstLayout } from "./centre.ts";
import { sendLoad } from "./service-load.ts";
import { type ServiceProcess, startServiceProcess, writeServiceConfig } from "./service-process.ts";
import type { TortureResult } from "./torture.ts";

/** Kills in one round. */
const KILLS = 3;

/** A round must not share the schema of another. */
let rounds = 0;

/**
 * Kills a service again and again while it makes its tables, in an empty folder and with an empty centre or one that
 * the first release left, then lets it start and serve, and checks that nothing of that is to be seen.
 */
export async function tortureMigration(
  key: string,
  postgres: string | undefined,
  result: TortureResult,
  random: () => number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-migration-"));
  const ledgerFolder = join(folder, "data", "ledger");
  rounds += 1;
  const centre: Centre | undefined =
    postgres === undefined ? undefined : { url: postgres, schema: `migration_${rounds}` };
  try {
    const startMs = await timeStart(key);
    if (centre && rounds % 2 === 0) await leaveFirstRelease(folder, key, centre, random);
    const config = writeServiceConfig(folder, key, centre);
    const before = await layouts(ledgerFolder, centre);
    const left: Layouts[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Tables are made near the end of a start, and those of the centre behind it.
      await startServiceProcess(config, startMs * (0.6 + random() * (centre ? 0.8 : 0.4)));
      left.push(await layouts(ledgerFolder, centre));
    }
    const service = await startServiceProcess(config);
    if (!service) throw new Error("the service did not start");
    try {
      await checkStarted(service, ledgerFolder, centre, result);
      const after = await layouts(ledgerFolder, centre);
      result.whileMigrating += KILLS;
      result.halfMigrated += left.filter((so) => `${so}` !== `${before}` && `${so}` !== `${after}`).length;
    } finally {
      await service.kill();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds from spawning a service with nothing to its greeting. */
async function timeStart(key: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-migration-"));
  try {
    const since = performance.now();
    const service = await startServiceProcess(writeServiceConfig(folder, key));
    const took = performance.now() - since;
    await service?.kill();
    return took;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A folder that was written, and a centre in its first layout that has all of it. */
async function leaveFirstRelease(
  folder: string,
  key: string,
  centre: Centre,
  random: () => number,
): Promise<void> {
  const service = await startServiceProcess(writeServiceConfig(folder, key));
  if (!service) throw new Error("the service did not start");
  const ending = new AbortController();
  const load = sendLoad(service.clients, new Map<string, CompletionState>(), ending.signal);
  await new Promise((resolve) => setTimeout(resolve, 500 + random() * 1_000));
  await service.kill();
  ending.abort();
  await load;
  await makeFirstLayout(centre, join(folder, "data", "ledger"));
}

/** The steps that the layouts of both files and of the centre have taken. */
type Layouts = readonly number[];

async function layouts(ledgerFolder: string, centre: Centre | undefined): Promise<Layouts> {
  const local = [layoutOfFile(ledgerFile(ledgerFolder)), layoutOfFile(indexFile(ledgerFolder))];
  return centre ? [...local, await layoutOf(centre)] : local;
}

function layoutOfFile(file: string): number {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return Number(database.prepare("PRAGMA user_version").get()?.user_version);
    } finally {
      database.close();
    }
  } catch {
    // Not there, or not a database yet.
    return 0;
  }
}

async function checkStarted(
  { clients }: ServiceProcess,
  ledgerFolder: string,
  centre: Centre | undefined,
  result: TortureResult,
): Promise<void> {
  const [client] = clients;
  const { decision } = await client.unary(RouteService.method.route, { input: inputOf("Say hello.") });
  const page = await client.unary(AuditService.method.listRecords, { pageSize: 10 });
  if (!page.records.some(({ decisionId }) => decisionId === decision?.id))
    result.lost.push(`${decision?.id} after a migration`);
  for await (const { event } of client.stream(AuditService.method.verifyLedger, {})) {
    if (event.case === "break") result.breaks.push(`after a migration: ${event.value.message}`);
  }
  if (!centre) return;
  await catchUp(centre, ledgerFolder);
  result.breaks.push(...(await gapsOf(centre)));
}
