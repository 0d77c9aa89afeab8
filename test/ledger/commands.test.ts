import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { decided, finished } from "./entries.ts";
import { testFolder } from "./open.ts";

const program = join(import.meta.dirname, "../../src/cli/main.ts");

function audit(...parameters: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "audit", ...parameters], {
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

test("verifies, exports, erases and encrypts again from the command line, beside a ledger that is open", async () => {
  await using folder = testFolder();
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const key = join(folder.path, "key.pem");
  const publicFile = join(folder.path, "public.pem");
  const strangerFile = join(folder.path, "stranger.pem");
  writeFileSync(key, privateKey.export({ format: "pem", type: "pkcs8" }));
  writeFileSync(publicFile, publicKey.export({ format: "pem", type: "spki" }));
  const stranger = generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" });
  writeFileSync(strangerFile, stranger);
  const contentKey = Buffer.alloc(32, 7).toString("base64");
  const config = join(folder.path, "pointsman.yaml");
  writeFileSync(
    config,
    `data: .\nledger: { sign: { key_file: ${key} }, encryption: { keys: [{ id: k1, key: "${contentKey}" }] } }\n`,
  );

  const ledger = await folder.open({ sign: { key_file: key, every_entries: 1 } });
  const content = { id: "c1", bytes: Buffer.from("a secret of ann"), subject: "ann" };
  await ledger.append(decided({ id: "d1", content }));
  await ledger.append(finished({ id: "d1" }));

  const reencrypted = audit("reencrypt", "--config", config, "--json");
  expect(JSON.parse(reencrypted.out)).toEqual({ reencrypted_count: 1, key_id: "k1" });
  const erased = audit("erase", "--config", config, "--tenant", "acme", "--subject", "ann", "--json");
  expect(JSON.parse(erased.out)).toEqual({ erased_count: 1 });
  expect(audit("prune", "--config", config)).toMatchObject({ code: 2 });

  const whole = audit("verify", "--folder", folder.path, "--trusted-key", publicFile);
  expect(whole).toMatchObject({ code: 0, out: expect.stringMatching(/entries in 2 chains, 0 broken/) });
  expect(audit("verify", "--folder", folder.path, "--trusted-key", strangerFile).code).toBe(1);

  const out = join(folder.path, "out");
  const exported = audit("export", "--config", config, "--out", out, "--json");
  expect(JSON.parse(exported.out)).toMatchObject({ format: "jsonl", signed: true });
  expect(audit("verify", "--export", out, "--trusted-key", publicFile).code).toBe(0);
  const parquet = audit("export", "--config", config, "--out", join(folder.path, "p"), "--format", "parquet");
  expect(parquet.code).toBe(0);

  const database = new DatabaseSync(join(folder.path, "ledger", "ledger.db"));
  database.exec("DELETE FROM entries WHERE sequence = 2");
  database.close();
  const broken = audit("verify", "--folder", folder.path);
  expect(broken).toMatchObject({ code: 1, err: expect.stringMatching(/entry 2:/) });
});
