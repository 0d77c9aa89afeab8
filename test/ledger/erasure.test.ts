import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { decided } from "./entries.ts";
import { testFolder } from "./open.ts";

test("does not call an erasure done while a reader keeps the log, and empties it when asked again", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const secret = "Ann's own words 7f3a";
  const content = { id: "c1", bytes: Buffer.from(secret), subject: "ann" };
  await ledger.append(decided({ id: "d1", content }));
  const filesWithSecret = (): string[] =>
    readdirSync(join(folder.path, "ledger")).filter((name) => {
      const file = join(folder.path, "ledger", name);
      return statSync(file).isFile() && readFileSync(file).includes(secret);
    });
  expect(filesWithSecret()).not.toEqual([]);

  const reader = new DatabaseSync(join(folder.path, "ledger", "ledger.db"), { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM contents").get();
  await expect(ledger.upkeep.eraseSubject("acme", "ann")).rejects.toMatchObject({
    kind: "unavailable",
    message: expect.stringMatching(/was erased, but .* Do it again/),
  });
  expect(filesWithSecret()).not.toEqual([]);
  // The service goes on meanwhile.
  await ledger.append(decided({ id: "d2" }));
  reader.close();

  expect(await ledger.upkeep.eraseSubject("acme", "ann")).toBe(0);
  expect(filesWithSecret()).toEqual([]);
});
