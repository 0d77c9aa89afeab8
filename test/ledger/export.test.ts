import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { VerifyLedgerResponse } from "#gen/pointsman/v1/audit_service_pb.ts";
import { exportLedger } from "../../src/ledger/export-ledger.ts";
import { openFolder } from "../../src/ledger/folder-database.ts";
import { verifyExport, verifyFolder } from "../../src/ledger/verify-offline.ts";
import { decided, finished } from "./entries.ts";
import { type TestFolder, testFolder } from "./open.ts";
import { collect } from "./read.ts";

const pem = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();

const breaksOf = (messages: readonly VerifyLedgerResponse[]): string[] =>
  messages.flatMap(({ event }) => (event.case === "break" ? [event.value.message] : []));

async function fill(folder: TestFolder, key: string): Promise<void> {
  const ledger = await folder.open({ sign: { key, every_entries: 10 } });
  const ids = Array.from({ length: 50 }, (_, index) => `d${index}`);
  await Promise.all(ids.flatMap((id) => [ledger.append(decided({ id })), ledger.append(finished({ id }))]));
  await ledger.close();
}

test("exports JSON Lines that verify without a service, and finds every change to them", async () => {
  await using folder = testFolder();
  const key = pem();
  await fill(folder, key);
  const target = join(folder.path, "export");
  const ledger = openFolder(join(folder.path, "ledger"));
  const options = { format: "jsonl", signingKey: key, now: Date.now() } as const;
  const steps = await collect(exportLedger(ledger, target, options));
  await ledger.close();
  expect(steps.at(-1)?.done).toBeGreaterThan(100);

  const good = await collect(verifyExport(target, [key]));
  expect(breaksOf(good)).toEqual([]);
  expect(good.at(-1)?.event.value).toMatchObject({
    writerCount: 1,
    brokenCount: 0,
    entryCount: String(steps.at(-1)?.done),
  });
  expect(breaksOf(await collect(verifyExport(target, [pem()]))).join()).toMatch(/not trusted/);

  const file = join(target, "entries.jsonl");
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n");
  const changes = [
    text.replace('"sequence":9,', '"sequence":10,'),
    [...lines.slice(0, 8), ...lines.slice(9)].join("\n"),
    [...lines.slice(0, 8), lines[9], lines[8], ...lines.slice(10)].join("\n"),
    [...lines.slice(0, -5), ""].join("\n"),
  ];
  for (const changed of changes) {
    writeFileSync(file, changed);
    const found = breaksOf(await collect(verifyExport(target, [key])));
    expect(found.length, "the file and the chain").toBeGreaterThanOrEqual(2);
  }
  writeFileSync(file, text);
  const manifest = join(target, "manifest.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace(/"entry_count": \d+/, '"entry_count": 1'));
  expect(breaksOf(await collect(verifyExport(target, [key]))).join()).toMatch(/signature of the manifest/);
});

test("exports Parquet that other readers understand", async () => {
  await using folder = testFolder();
  const key = pem();
  await fill(folder, key);
  const target = join(folder.path, "export");
  const ledger = openFolder(join(folder.path, "ledger"));
  await collect(exportLedger(ledger, target, { format: "parquet", signingKey: undefined, now: 0 }));
  await ledger.close();
  const { parquetReadObjects } = await import("hyparquet");
  const bytes = readFileSync(join(target, "entries.parquet"));
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  const second = rows[1];
  expect(second).toMatchObject({ decision_id: "d0", tenant: "acme", event: "decided", sequence: 2n });
  expect(JSON.parse(String(second?.entry_json))).toMatchObject({ decisionId: "d0" });
});

test("verifies a folder without a service, even while one writes to it", async () => {
  await using folder = testFolder();
  const key = pem();
  await fill(folder, key);
  const ledger = await folder.open({ sign: { key } });
  await ledger.append(decided({ id: "live" }));
  const messages = await collect(verifyFolder(join(folder.path, "ledger"), [key]));
  expect(breaksOf(messages)).toEqual([]);
  expect(messages.at(-1)?.event.case).toBe("summary");
});
