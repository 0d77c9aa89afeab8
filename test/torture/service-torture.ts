import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { readChain, readChains } from "../../src/ledger/chains.ts";
import { readEntryHead } from "../../src/ledger/entry-head.ts";
import { openFolder } from "../../src/ledger/folder-database.ts";
import type { DoorClient } from "../support/clients.ts";
import { type Centre, catchUp, gapsOf, isBehind } from "./centre.ts";
import { tortureMigration } from "./migration-torture.ts";
import { sendLoad } from "./service-load.ts";
import { type ServiceProcess, startServiceProcess, writeServiceConfig } from "./service-process.ts";
import { emptyResult, type TortureResult } from "./torture.ts";

interface Watcher {
  cursor: string;
  /** What was seen, as chain and number. */
  readonly seen: Set<string>;
}

/** How the service is tortured. */
export interface ServiceTorture {
  readonly kills: number;
  /** A number in 0 to 1. */
  readonly random: () => number;
  readonly tell: (result: TortureResult, kill: number) => void;
  /** Checked after each kill; true ends early. If not set, it ends with the last kill. */
  readonly enough?: () => boolean;
  /** A database server to ship to. If not set, entries stay on the machine. */
  readonly postgres?: string | undefined;
}

/**
 * Kills the whole service, again and again, at random instants under a load on both doors, while a watcher follows; each
 * time it is started again, everything that the ledger promises is asked for through the doors. One kill in five comes
 * while the service starts or closes what the one before left open, and some come while it makes its tables. With a
 * centre every other start asks the centre, once it has all, and the watcher goes from one side to the other.
 */
export async function tortureService(torture: ServiceTorture): Promise<TortureResult> {
  const { kills, random, tell, enough = () => false, postgres } = torture;
  const folder = mkdtempSync(join(tmpdir(), "pointsman-torture-"));
  const ledgerFolder = join(folder, "data", "ledger");
  const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const centre: Centre | undefined =
    postgres === undefined ? undefined : { url: postgres, schema: "torture" };
  const local = writeServiceConfig(folder, key, centre, "local");
  const configs = centre ? [local, writeServiceConfig(folder, key, centre, "centre")] : [local];
  const result = emptyResult();
  const watcher: Watcher = { cursor: "", seen: new Set() };
  const answers = new Map<string, CompletionState>();
  let unchecked = new Map<string, CompletionState>();
  let service: ServiceProcess | undefined;
  const checkAll = async (
    client: DoorClient,
    wanted: ReadonlyMap<string, CompletionState>,
  ): Promise<void> => {
    if (centre) {
      await catchUp(centre, ledgerFolder);
      result.breaks.push(...(await gapsOf(centre)));
    }
    await check(client, wanted, watcher, result);
  };
  try {
    while (result.kills < kills && !enough()) {
      const config = configs[result.kills % configs.length] ?? local;
      const dice = random();
      if (dice < 0.1 || result.kills === 0) {
        await tortureMigration(key, postgres, result, random);
      } else if (dice < 0.25) {
        await startServiceProcess(config, random() * 3_000);
      } else {
        service = await startServiceProcess(config);
        if (!service) continue;
        // By turns through each door, and at each side.
        const door = Math.floor(result.kills / configs.length) % 2;
        await checkAll(service.clients[door] ?? service.clients[0], unchecked);
        unchecked = new Map();
        await loadAndKill(service, unchecked, watcher, result, random() * 1_500);
        for (const [id, state] of unchecked) answers.set(id, state);
        result.answers = answers.size;
        service = undefined;
        if (centre && (await isBehind(centre, ledgerFolder))) result.whileShipping += 1;
      }
      result.kills += 1;
      tell(result, result.kills);
    }
    // In the end each side is asked for everything.
    for (const config of configs) {
      service = await startServiceProcess(config);
      if (service) await checkAll(service.clients[0], answers);
      await service?.kill();
    }
    await compareWatched(ledgerFolder, watcher, result);
  } finally {
    await service?.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/** Lets the service work for a while after its first answer, with a live watcher, and kills it. */
async function loadAndKill(
  service: ServiceProcess,
  answers: Map<string, CompletionState>,
  watcher: Watcher,
  result: TortureResult,
  delay: number,
): Promise<void> {
  const ending = new AbortController();
  const load = sendLoad(service.clients, answers, ending.signal);
  // Ends by itself when the connection breaks.
  const following = follow(service.clients[1], watcher, result, ending.signal, () => false).catch(
    () => undefined,
  );
  const giveUp = performance.now() + 10_000;
  while (answers.size === 0 && performance.now() < giveUp)
    await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, delay));
  // The load goes on into the kill: answers that left in the last moment are the ones that matter.
  await service.kill();
  ending.abort();
  await Promise.all([load, following]);
}

/** Asks a service that has just been started, and has no load yet, for all that must be there. */
async function check(
  client: DoorClient,
  answers: ReadonlyMap<string, CompletionState>,
  watcher: Watcher,
  result: TortureResult,
): Promise<void> {
  const missing = new Map(answers);
  let interrupted = 0;
  let pageToken = "";
  do {
    const request = { pageSize: 1_000, pageToken };
    const page = await client.unary(AuditService.method.listRecords, request);
    for (const { decisionId, state } of page.records) {
      if (missing.get(decisionId) === state) missing.delete(decisionId);
      if (state === CompletionState.INTERRUPTED) interrupted += 1;
      if (state === CompletionState.IN_PROGRESS) result.open.push(decisionId);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  result.interrupted = interrupted;
  result.lost.push(...missing.keys());

  let ended = false;
  for await (const { event } of client.stream(AuditService.method.verifyLedger, {})) {
    if (event.case === "break") {
      const { writerId, sequence, message } = event.value;
      result.breaks.push(`${writerId} ${sequence}: ${message}`);
    }
    if (event.case !== "summary") continue;
    ended = true;
    result.entries = Number(event.value.entryCount);
  }
  if (!ended) result.breaks.push("verification did not end");
  const { signal } = new AbortController();
  await follow(client, watcher, result, signal, () => true);
}

/** Follows from where the watcher was; at a checkpoint, which says that all that was there is told, asks whether to stop. */
async function follow(
  client: DoorClient,
  watcher: Watcher,
  result: TortureResult,
  signal: AbortSignal,
  stopAtCheckpoint: () => boolean,
): Promise<void> {
  const start = watcher.cursor === "" ? { startTime: timestampFromMs(1) } : { cursor: watcher.cursor };
  for await (const message of client.stream(AuditService.method.watchEntries, start, { signal })) {
    watcher.cursor = message.cursor;
    if (message.event.case === "checkpoint") {
      if (stopAtCheckpoint()) return;
      continue;
    }
    if (message.event.case !== "entry") continue;
    const { writerId, sequence } = message.event.value;
    const name = `${writerId} ${sequence}`;
    if (watcher.seen.has(name)) result.watchFaults.push(`${name} came twice`);
    watcher.seen.add(name);
  }
}

/** Compares what the watcher saw with what is there. Entries of the ledger itself are nobody's to see. */
async function compareWatched(folder: string, { seen }: Watcher, result: TortureResult): Promise<void> {
  const database = openFolder(folder);
  const missed = new Set<string>();
  const strange = new Set(seen);
  try {
    for (const { writer, writerId, last } of await readChains(database)) {
      for (const row of await readChain(database, writer, 0, last)) {
        const name = `${writerId} ${row.sequence}`;
        strange.delete(name);
        if (readEntryHead(writerId, row).tenant !== "" && !seen.has(name)) missed.add(name);
      }
    }
  } finally {
    await database.close();
  }
  result.watchFaults.push(...[...missed].map((name) => `${name} was never watched`));
  result.watchFaults.push(...[...strange].map((name) => `${name} was watched and is not there`));
}
