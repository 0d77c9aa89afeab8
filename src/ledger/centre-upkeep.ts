import { Client } from "pg";
import { sleep } from "../lib/signals.ts";
import { pruneCentre } from "./centre-retention.ts";
import type { PostgresPlace } from "./postgres-database.ts";
import { coverTimes } from "./postgres-partitions.ts";
import { createSignatureChecker, createSigner } from "./signing.ts";

/** How long the centre keeps entries, and the key that signs for what it drops. Crosses to a thread. */
export interface CentreRetention {
  readonly days: number;
  /** A PEM text of the ledger's Ed25519 private key. */
  readonly pem: string;
  /** PEM texts of the keys whose signatures are trusted. */
  readonly trusted: readonly string[];
}

/** What is kept up, and where. */
export interface CentreUpkeepOptions extends PostgresPlace {
  readonly retention: CentreRetention | undefined;
}

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** After a failure, such as somebody who reads what is to be dropped. */
const RETRY_MS = 60_000;

/**
 * Makes partitions before they are needed and drops those whose time is over, now and every hour, over a connection of
 * its own, so that shipping goes on meanwhile.
 * @param tell what keeps a partition from being dropped; empty where nothing does.
 */
export async function keepCentre(
  options: CentreUpkeepOptions,
  signal: AbortSignal,
  tell: (problem: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      tell(await keepOnce(options, Date.now(), signal));
      await sleep(EVERY_MS, signal).catch(() => undefined);
    } catch (error) {
      if (signal.aborted) return;
      tell(`Retention in the centre failed: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }
}

/** One round. @param now milliseconds since the epoch. @returns what keeps a partition from being dropped. */
async function keepOnce(options: CentreUpkeepOptions, now: number, signal: AbortSignal): Promise<string> {
  const { url, schema, partitionDays, retention } = options;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  await client.connect();
  const stop = (): void => void client.end().catch(() => undefined);
  signal.addEventListener("abort", stop);
  try {
    await client.query(`SET search_path TO ${schema}`);
    const times = [now, now + partitionDays * DAY_MS].map((time) => time * 1_000);
    await coverTimes(client, partitionDays, times);
    if (!retention) return "";
    const { problem } = await pruneCentre(client, {
      before: (now - retention.days * DAY_MS) * 1_000,
      now,
      signer: createSigner(retention.pem),
      checker: createSignatureChecker(retention.trusted),
    });
    return problem;
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => undefined);
  }
}
