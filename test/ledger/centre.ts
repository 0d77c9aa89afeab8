import { Client } from "pg";
import { expect, vi } from "vitest";
import { pruneCentre } from "../../src/ledger/centre-retention.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { createSignatureChecker, createSigner } from "../../src/ledger/signing.ts";

/** Room for a busy machine. */
export const PATIENT = { timeout: 240_000, interval: 50 } as const;

/** Works on a schema of the centre behind the ledger's back. */
export async function atCentre<T>(
  url: string,
  schema: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET search_path TO ${schema}`);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One number that a statement answers. */
export async function numberAt(client: Client, sql: string): Promise<number> {
  return Number(Object.values((await client.query(sql)).rows[0] as object)[0]);
}

/** Waits until the centre has everything that a ledger wrote. */
export async function shipped(ledger: Ledger): Promise<void> {
  await vi.waitFor(async () => {
    const { forward, lastSequence } = ledger.state();
    expect(forward).toMatchObject({ status: "ok", lag: 0 });
    expect(forward?.position).toBeGreaterThanOrEqual(lastSequence);
  }, PATIENT);
}

/** Drops from a schema what is older, as the forwarder does every hour. @param before milliseconds since the epoch. */
export async function pruneAt(
  url: string,
  schema: string,
  pem: string,
  before: number,
): Promise<{ count: number; problem: string }> {
  return await atCentre(url, schema, (client) =>
    pruneCentre(client, {
      before: before * 1_000,
      now: Date.now(),
      signer: createSigner(pem),
      checker: createSignatureChecker([pem]),
    }),
  );
}
