import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, loadConfig, parseConfig } from "./config.ts";

test("what is repeated by reference has its value, and what is in the environment is put in", () => {
  const text = `
targets:
  - { id: a, provider: openai, model: m, api_key: "\${KEY}", price: &price { input: 1, output: 2 } }
  - { id: b, provider: openai, model: "\${MODEL:-other}", price: *price }
`;
  const { targets } = parseConfig(text, "f.yaml", { KEY: "k" });
  expect(targets.map(({ price }) => price)).toEqual([
    { input: 1, output: 2 },
    { input: 1, output: 2 },
  ]);
  expect(targets.map(({ api_key, model }) => [api_key, model])).toEqual([
    ["k", "m"],
    [undefined, "other"],
  ]);
});

test("every mistake is told at once, with its path and line", () => {
  const text = `
listen: { grpc: nowhere }
identity: { keys: [] }
targets:
  - { id: a, provider: openai, model: m, price: { input: -1, output: 2 }, colour: red }
  - { id: b, provider: openai, model: m, api_key: "\${MISSING}" }
limits:
  - { id: l, scope: tenant }
`;
  const failure = ((): unknown => {
    try {
      return parseConfig(text, "f.yaml", {});
    } catch (error) {
      return error;
    }
  })();
  expect(failure).toBeInstanceOf(ConfigError);
  const issues = (failure as ConfigError).issues.map(({ path, line }) => `${path}:${line}`);
  expect(issues).toEqual(
    expect.arrayContaining([
      "listen.grpc:2",
      "targets[0].price.input:5",
      "targets[0]:5",
      "targets[1].api_key:6",
    ]),
  );
  expect((failure as ConfigError).message).toContain("MISSING");
});

test("key files are relative to the configuration, wherever the program was started", () => {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-config-"));
  try {
    const file = join(folder, "pointsman.yaml");
    const sign = "{ key_file: ledger.pem, trusted_key_files: [old/ledger.pub, /etc/ledger.pub] }";
    writeFileSync(file, `identity: { key_file: keys.json }\nledger: { sign: ${sign} }\n`);
    const { config } = loadConfig(file, {}, "/");
    expect(config.identity.key_file).toBe(join(folder, "keys.json"));
    expect(config.ledger.sign?.key_file).toBe(join(folder, "ledger.pem"));
    expect(config.ledger.sign?.trusted_key_files).toEqual([
      join(folder, "old/ledger.pub"),
      "/etc/ledger.pub",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
