import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { createConfigFolder } from "../test/support/configuration.ts";
import { buildWorld } from "./build-world.ts";
import { createServiceLog } from "./service-log.ts";

test("a condition without a value is logged once, and the caller's values are not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pointsman-log-"));
  const file = join(folder, "log");
  const destination = openSync(file, "w");
  using configuration = createConfigFolder();
  configuration.writePolicy(`rules:
  - { id: absent, when: labels.team == "search", log: none }
  - { id: misfit, when: int(labels.size) > 3, log: none }
`);
  configuration.writeConfig({ policy: "policy.yaml" });
  const log = createServiceLog("info", { destination });
  const { world } = buildWorld(configuration.load(), [], () => expect.unreachable(), log.conditionFailed);
  const facts = create(FactsSchema, { labels: { size: "private-size" } });
  for (let time = 0; time < 3; time++) world.policy.evaluate(facts);
  await vi.waitFor(() => expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(2), {
    timeout: 60_000,
  });
  const text = readFileSync(file, "utf8");
  expect(text).toContain('"rule_id":"absent","reason":"field not found: team"');
  expect(text).toContain('"rule_id":"misfit","reason":"a value does not fit"');
  expect(text).not.toContain("private-size");
  closeSync(destination);
  rmSync(folder, { recursive: true });
});
