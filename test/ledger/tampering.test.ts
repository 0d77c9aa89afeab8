import { generateKeyPairSync } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { sealEntry } from "../../src/ledger/chain.ts";
import type { LedgerSettingsInput } from "../../src/ledger/config.ts";
import { decided, finished } from "./entries.ts";
import { testFolder } from "./open.ts";
import { verification } from "./read.ts";

const pem = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const signed = (key: string): LedgerSettingsInput => ({ sign: { key, every_entries: 5, every_seconds: 1 } });

/** Writes a signed ledger, changes its file behind its back, and says what verifying finds. */
async function tamper(change: (database: DatabaseSync) => void, reopenKey?: string): Promise<string[]> {
  await using folder = testFolder();
  const key = pem();
  const ledger = await folder.open(signed(key));
  for (let index = 0; index < 12; index += 1) {
    await Promise.all([decided({ id: `d${index}` }), finished({ id: `d${index}` })].map(ledger.append));
  }
  await ledger.close();
  const database = new DatabaseSync(join(folder.path, "ledger", "ledger.db"));
  change(database);
  database.close();
  rmSync(join(folder.path, "ledger", "index.db"));
  const again = await folder.open(signed(reopenKey ?? key));
  const { breaks } = await verification(again);
  return breaks.map(({ sequence, message }) => `${sequence}: ${message}`);
}

test("finds nothing where nothing was changed, and counts the signatures that hold", async () => {
  expect(await tamper(() => undefined)).toEqual([]);
  await using folder = testFolder();
  const ledger = await folder.open(signed(pem()));
  for (let index = 0; index < 10; index += 1) await ledger.append(decided({ id: `d${index}` }));
  await ledger.putDocument("policy", "p", Buffer.from("after the last signature"));
  expect((await verification(ledger)).summary?.signatureCount).toBeGreaterThanOrEqual(2);
});

const HEAD = "(SELECT max(sequence) FROM entries)";

test.each([
  [
    "a changed byte",
    "UPDATE entries SET payload = CAST(replace(payload, 'acme', 'evil') AS BLOB) WHERE sequence = 7",
    /^7: its bytes/,
  ],
  ["a changed digest", "UPDATE entries SET digest = zeroblob(32) WHERE sequence = 7", /^7: its bytes/],
  ["a deleted row", "DELETE FROM entries WHERE sequence = 7", /^7: entry 7 is missing/],
  ["a changed time", "UPDATE entries SET time = time + 1 WHERE sequence = 7", /^7: its time/],
  [
    "two rows that changed places",
    "UPDATE entries SET sequence = -7 WHERE sequence = 7; UPDATE entries SET sequence = 7 WHERE sequence = 8; UPDATE entries SET sequence = 8 WHERE sequence = -7",
    /^7: its bytes/,
  ],
  [
    "a repeated row",
    `INSERT INTO entries (writer, sequence, time, payload, digest) SELECT writer, ${HEAD} + 1, time, payload, digest FROM entries WHERE sequence = 7`,
    /its bytes/,
  ],
  ["a missing beginning", "DELETE FROM entries WHERE sequence < 7", /^1: entry 1 is missing/],
  [
    "a missing end",
    `DELETE FROM entries WHERE sequence > ${HEAD} - 4`,
    /known to have reached|is not the one/,
  ],
  [
    "a missing beginning, with a made-up cut",
    "INSERT INTO cuts (writer, sequence, time, digest) SELECT writer, sequence, time, digest FROM entries WHERE sequence = 6; DELETE FROM entries WHERE sequence < 7",
    /checkpoint that stands for them is not signed/,
  ],
] as const)("finds %s", async (_, sql, wanted) => {
  const found = await tamper((database) => database.exec(sql));
  expect(found.join("\n")).toMatch(wanted);
});

test("finds a chain that was written anew from its middle, digests and all", async () => {
  const found = await tamper((database) => {
    const rows = database.prepare("SELECT * FROM entries ORDER BY sequence").all();
    const id = Buffer.from(String(database.prepare("SELECT id FROM writers").get()?.id));
    let previous = rows[5]?.digest as Uint8Array;
    const body = Buffer.from([0x22, 1, 0x78]);
    for (const row of rows.slice(6)) {
      const sealed = sealEntry(id, Number(row.sequence), Number(row.time) / 1000, body, previous);
      const update = database.prepare("UPDATE entries SET payload = ?, digest = ? WHERE sequence = ?");
      update.run(sealed.payload, sealed.digest, row.sequence ?? 0);
      previous = sealed.digest;
    }
  });
  expect(found.join("\n")).toMatch(/is not the one that was known/);
});

test("finds signatures by a key that nobody trusts", async () => {
  expect((await tamper(() => undefined, pem())).join("\n")).toMatch(/which is not trusted/);
});
