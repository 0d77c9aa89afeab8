import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const promptsOf = (path: string): string[] =>
  readFileSync(new URL(path, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { prompt: string }).prompt);

test("no request of a late hand is trained on", () => {
  const trained = new Set(promptsOf("../../train/labels/requests.jsonl"));
  const files = readdirSync(new URL(".", import.meta.url)).filter((name) =>
    /^late-hand-.*\.jsonl$/.test(name),
  );
  expect(files).toHaveLength(3);
  for (const file of files) {
    const prompts = promptsOf(`./${file}`);
    expect(prompts.length).toBeGreaterThan(400);
    expect(prompts.filter((prompt) => trained.has(prompt))).toEqual([]);
  }
});
