import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { ledgerSettingsSchema } from "../../src/ledger/config.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";
import { verification } from "../ledger/read.ts";

/** What came of killing a ledger's process again and again. Every list is empty where the ledger kept its word. */
export interface TortureResult {
  kills: number;
  /** Answers that left, over all kills. */
  answers: number;
  entries: number;
  /** Decisions that a kill cut off and that were closed as INTERRUPTED. */
  interrupted: number;
  readonly lost: string[];
  readonly open: string[];
  readonly breaks: string[];
  /** Entries that a watcher, resuming after every kill, missed or got twice. */
  readonly watchFaults: string[];
  /** Kills that left entries which the centre did not have yet. */
  whileShipping: number;
  /** Kills of a service that was making its tables, or changing old ones, and how many of these left it half done. */
  whileMigrating: number;
  halfMigrated: number;
}

/** A result with nothing in it yet. */
export function emptyResult(): TortureResult {
  return {
    kills: 0,
    answers: 0,
    entries: 0,
    interrupted: 0,
    lost: [],
    open: [],
    breaks: [],
    watchFaults: [],
    whileShipping: 0,
    whileMigrating: 0,
    halfMigrated: 0,
  };
}

/**
 * Lets processes serve from one folder and kills each with SIGKILL at a random instant, often before it has fully
 * started; after each kill it checks all that the ledger promises.
 * @param random a number in 0 to 1. @param children processes that serve at once.
 */
export async function torture(
  kills: number,
  children: number,
  random: () => number,
  tell: (result: TortureResult, kill: number) => void,
): Promise<TortureResult> {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-torture-"));
  const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const result = emptyResult();
  const watched = new Map<string, number>();
  let cursor = "";
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      // One kill in five comes while the process starts, migrates or closes what the one before left open.
      const starting = random() < 0.2;
      const delay = random() * 1_500;
      const outputs = await Promise.all(
        Array.from({ length: children }, () => runAndKill(folder, key, delay, starting)),
      );
      const answered = outputs
        .flatMap((output) => output.split("\n").slice(0, -1))
        .filter((id) => id !== "ready");
      result.answers += answered.length;
      const settings = ledgerSettingsSchema.parse({ sign: { key } });
      const ledger = await openLedger(settings, { clock: systemClock, makeId, dataFolder: folder });
      try {
        await checkAnswers(ledger, answered, result);
        await checkChains(ledger, result);
        cursor = await resumeWatch(ledger, cursor, watched, result);
      } finally {
        await ledger.close();
      }
      result.kills = kill;
      tell(result, kill);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/** Runs one serving process, kills it so long after its start or after it is ready, and returns what it had said. */
function runAndKill(folder: string, key: string, delay: number, starting: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "child.ts"), folder, key], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      if (output === "" && !starting) setTimeout(() => child.kill("SIGKILL"), delay);
      output += data.toString("latin1");
    });
    child.on("error", reject);
    child.on("close", () => resolve(output));
    if (starting) setTimeout(() => child.kill("SIGKILL"), delay);
  });
}

const everyone = { tenants: "all" } as const;

async function checkAnswers(
  ledger: Ledger,
  answered: readonly string[],
  result: TortureResult,
): Promise<void> {
  const left = new Set(answered);
  const { signal } = new AbortController();
  let pageToken = "";
  result.interrupted = 0;
  do {
    const page = await ledger.reader.listRecords(
      { filter: undefined, pageSize: 1_000, pageToken },
      everyone,
      signal,
    );
    for (const record of page.records) {
      if (record.state === CompletionState.COMPLETED) left.delete(record.decisionId);
      if (record.state === CompletionState.INTERRUPTED) result.interrupted += 1;
      if (record.state === CompletionState.IN_PROGRESS) result.open.push(record.decisionId);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && left.size > 0);
  result.lost.push(...left);
}

async function checkChains(ledger: Ledger, result: TortureResult): Promise<void> {
  const { breaks, summary } = await verification(ledger);
  result.breaks.push(
    ...breaks.map(({ writerId, sequence, message }) => `${writerId} ${sequence}: ${message}`),
  );
  result.entries = Number(summary?.entryCount ?? 0);
}

/** Follows from where the watcher was before the kill up to now. */
async function resumeWatch(
  ledger: Ledger,
  cursor: string,
  watched: Map<string, number>,
  result: TortureResult,
): Promise<string> {
  const startTime = cursor === "" ? timestampFromMs(1) : undefined;
  const query = { cursor, startTime, filter: undefined };
  for await (const message of ledger.reader.watchEntries(query, everyone, new AbortController().signal)) {
    if (message.event.case !== "entry") return message.cursor;
    const { writerId, sequence } = message.event.value;
    const before = watched.get(writerId) ?? 0;
    if (Number(sequence) !== before + 1) result.watchFaults.push(`${writerId}: ${sequence} after ${before}`);
    watched.set(writerId, Number(sequence));
  }
  return cursor;
}
