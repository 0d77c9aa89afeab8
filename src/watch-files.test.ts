import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { createConfigFolder } from "../test/support/configuration.ts";
import { watchFiles } from "./watch-files.ts";

test("a change of the configuration, the policy or the scorecard is noticed, and no other", async () => {
  using folder = createConfigFolder();
  const files = ["pointsman.yaml", "policy.yaml", "scorecard.json"];
  folder.writePolicy("rules: []\n");
  writeFileSync(join(folder.path, "scorecard.json"), "{}");
  folder.writeConfig({ policy: "policy.yaml", scorecard: "scorecard.json" });
  const changed = vi.fn();
  const watch = watchFiles(folder.load(), changed);
  try {
    for (const [index, file] of files.entries()) {
      // Written again and again: when a watch begins to hear is for the operating system to say.
      await vi.waitFor(
        () => {
          if (changed.mock.calls.length <= index)
            writeFileSync(join(folder.path, file), `# ${Math.random()}\n`);
          expect(changed.mock.calls.length).toBeGreaterThan(index);
        },
        { timeout: 15_000, interval: 500 },
      );
    }
    const calls = changed.mock.calls.length;
    writeFileSync(join(folder.path, "notes.txt"), "nothing");
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(changed.mock.calls.length).toBe(calls);
  } finally {
    watch.close();
  }
});
