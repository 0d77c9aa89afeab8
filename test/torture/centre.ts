import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { readChain, readChains } from "../../src/ledger/chains.ts";
import { openFolder } from "../../src/ledger/folder-database.ts";
import { FIRST_LAYOUT } from "../../src/ledger/postgres-layout.ts";

/** Where the service ships its entries to. */
export interface Centre {
  readonly url: string;
  readonly schema: string;
}

/** Chains by writer, as one side has them. */
type Chains = ReadonlyMap<string, { readonly last: number; readonly count: number }>;

/** Whether the centre lacks entries that the folder holds. */
export async function isBehind(centre: Centre, folder: string): Promise<boolean> {
  const there = await centreChains(centre);
  return [...(await folderChains(folder))].some(([id, { last }]) => (there.get(id)?.last ?? 0) < last);
}

/** Waits until the centre has all that the folder holds by now. @throws Error where it does not come to that. */
export async function catchUp(centre: Centre, folder: string): Promise<void> {
  const here = await folderChains(folder);
  const giveUp = performance.now() + 600_000;
  for (;;) {
    const there = await centreChains(centre);
    if ([...here].every(([id, { last }]) => (there.get(id)?.last ?? 0) >= last)) return;
    if (performance.now() > giveUp) throw new Error("the centre did not get what the folder holds");
    await sleep(50);
  }
}

/** Chains of the centre in which a number is missing or there twice. */
export async function gapsOf(centre: Centre): Promise<string[]> {
  const chains = [...(await centreChains(centre))];
  return chains
    .filter(([, { last, count }]) => last !== count)
    .map(([id, { last, count }]) => `${id} has ${count} entries up to number ${last} in the centre`);
}

/** How many steps of its layout the centre has taken. */
export async function layoutOf(centre: Centre): Promise<number> {
  return await ask(centre, async (client) => {
    const there = await client.query("SELECT to_regclass($1) AS name", [`${centre.schema}.layout`]);
    if (there.rows[0]?.name === null) return 0;
    const found = await client.query(
      `SELECT coalesce(max(version), 0) AS version FROM ${centre.schema}.layout`,
    );
    return Number(found.rows[0]?.version);
  });
}

/** Makes the centre as the first release had it, with all the entries of a folder. */
export async function makeFirstLayout(centre: Centre, folder: string): Promise<void> {
  const database = openFolder(folder);
  try {
    await ask(centre, async (client) => {
      await client.query(`CREATE SCHEMA ${centre.schema}; SET search_path TO ${centre.schema}`);
      await client.query(`${FIRST_LAYOUT}; CREATE TABLE layout (version BIGINT NOT NULL)`);
      await client.query("INSERT INTO layout VALUES (1)");
      for (const { writer, writerId, last } of await readChains(database)) {
        const made = await client.query("INSERT INTO writers (id) VALUES ($1) RETURNING number", [writerId]);
        for (const { sequence, time, payload, digest } of await readChain(database, writer, 0, last)) {
          const values = [made.rows[0]?.number, sequence, time, payload, digest];
          await client.query("INSERT INTO entries VALUES ($1, $2, $3, $4, $5)", values);
        }
      }
    });
  } finally {
    await database.close();
  }
}

async function folderChains(folder: string): Promise<Chains> {
  const database = openFolder(folder);
  try {
    const chains = await readChains(database);
    return new Map(chains.map(({ writerId, last }) => [writerId, { last, count: last }]));
  } finally {
    await database.close();
  }
}

async function centreChains(centre: Centre): Promise<Chains> {
  return await ask(centre, async (client) => {
    const there = await client.query("SELECT to_regclass($1) AS name", [`${centre.schema}.entries`]);
    if (there.rows[0]?.name === null) return new Map();
    const { rows } = await client.query(
      `SELECT w.id, coalesce(max(e.sequence), 0) AS last, count(e.sequence) AS count
       FROM ${centre.schema}.writers w LEFT JOIN ${centre.schema}.entries e ON e.writer = w.number GROUP BY w.id`,
    );
    return new Map(rows.map(({ id, last, count }) => [id, { last: Number(last), count: Number(count) }]));
  });
}

async function ask<Value>({ url }: Centre, work: (client: Client) => Promise<Value>): Promise<Value> {
  for (let tries = MOST_TRIES; ; tries--) {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } catch (error) {
      // A reader and a change of the layout may wait for each other's tables; whoever is told so asks again.
      if ((error as { code?: string }).code !== DEADLOCK || tries === 1) throw error;
    } finally {
      await client.end();
    }
  }
}

const DEADLOCK = "40P01";
const MOST_TRIES = 10;
