import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createConfigFolder } from "../test/support/configuration.ts";
import { watchFiles } from "./watch-files.ts";

test("a change of the configuration, the policy or the scorecard is noticed, and no other", async () => {
  using folder = createConfigFolder();
  const files = ["pointsman.yaml", "policy.yaml", "scorecard.json"];
  folder.writePolicy("rules: []\n");
  writeFileSync(join(folder.path, "scorecard.json"), "{}");
  folder.writeConfig({ policy: "policy.yaml", scorecard: "scorecard.json" });
  let changes = 0;
  let writes = 0;
  const watch = watchFiles(folder.load(), () => changes++);
  const change = async (file: string): Promise<void> => {
    const before = changes;
    // Written again and again: when a watch begins to hear is for the operating system to say.
    for (; changes === before; await sleep(500)) {
      writeFileSync(join(folder.path, file), `# ${writes}\n`);
      writes++;
    }
  };
  try {
    for (const file of files) await change(file);
    for (let notes = 0; notes < 5; notes++) {
      writeFileSync(join(folder.path, "notes.txt"), `nothing ${notes}`);
      await sleep(300);
    }
    // What is written in between would be heard by now, and counted: no write is heard twice.
    await change("policy.yaml");
    expect(changes).toBeLessThanOrEqual(writes);
  } finally {
    watch.close();
  }
});
