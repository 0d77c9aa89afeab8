import { expect, test } from "vitest";
import { ConfigError, parseConfig } from "./config.ts";

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
