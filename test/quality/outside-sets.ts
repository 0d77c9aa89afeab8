/** Sets that others publish to test guards with, read as they are published. Where to get them is in docs/model-card.md. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The prompts of one set by what they are. */
export interface OutsideSet {
  readonly name: string;
  readonly safe: string[];
  readonly harmful: string[];
  readonly injection: string[];
}

/**
 * Reads every file of a folder whose form is known: `xstest*.csv`, `harmbench*.csv`, `NotInject*.json`, and any `*.jsonl` with
 * `{"prompt", "label": "safe" | "harmful" | "injection"}`. Others are left alone.
 *
 * @returns one set for each kind of file, and one for each `.jsonl`; none where there is no folder
 */
export function readOutsideSets(folder: string | undefined): OutsideSet[] {
  if (folder === undefined || !existsSync(folder)) return [];
  const sets = new Map<string, OutsideSet>();
  for (const file of readdirSync(folder).sort()) {
    const text = (): string => readFileSync(join(folder, file), "utf8");
    if (/^xstest.*\.csv$/i.test(file)) collect(sets, "XSTest", readXsTest(text()));
    else if (/^harmbench.*\.csv$/i.test(file)) {
      for (const [name, prompts] of readHarmBench(text())) collect(sets, name, prompts);
    } else if (/^notinject.*\.json$/i.test(file)) collect(sets, "NotInject", readNotInject(text()));
    else if (file.endsWith(".jsonl")) collect(sets, file.replace(/\.jsonl$/, ""), readLines(text()));
  }
  return [...sets.values()];
}

type Label = "safe" | "harmful" | "injection";
type Labelled = readonly [Label, string];

function collect(sets: Map<string, OutsideSet>, name: string, prompts: readonly Labelled[]): void {
  const set = sets.get(name) ?? { name, safe: [], harmful: [], injection: [] };
  sets.set(name, set);
  for (const [label, prompt] of prompts) if (prompt !== "") set[label].push(prompt);
}

/** Types that begin with "contrast" are what must not be answered. */
function readXsTest(text: string): Labelled[] {
  return readCsv(text).map((row) => [
    /^contrast/.test(row.type ?? "") ? "harmful" : "safe",
    (row.prompt ?? "").trim(),
  ]);
}

/** Behaviours by their kind. Copyright is no matter of harm, and is left out. */
function readHarmBench(text: string): Map<string, Labelled[]> {
  const kinds = new Map<string, Labelled[]>();
  for (const { Behavior = "", FunctionalCategory = "", ContextString = "" } of readCsv(text)) {
    if (FunctionalCategory === "copyright") continue;
    const prompt = ContextString === "" ? Behavior : `${ContextString}\n\n---\n\n${Behavior}`;
    const name = `HarmBench ${FunctionalCategory}`;
    kinds.set(name, [...(kinds.get(name) ?? []), ["harmful", prompt]]);
  }
  return kinds;
}

function readNotInject(text: string): Labelled[] {
  return (JSON.parse(text) as { prompt: string }[]).map(({ prompt }) => ["safe", prompt]);
}

function readLines(text: string): Labelled[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const { label, prompt } = JSON.parse(line) as { label: Label; prompt: string };
      return [label, prompt];
    });
}

/** Rows of comma-separated values by the names of the first row. A quoted field may hold commas, line breaks and "" for a quote. */
export function readCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    if (found === null) throw new Error(`row ${rows.length} is not comma-separated values`);
    rows.at(-1)!.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? "");
    if (found[3] !== "," && field.lastIndex < text.length) rows.push([]);
  }
  const [names = [], ...values] = rows;
  return values.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? ""])));
}
