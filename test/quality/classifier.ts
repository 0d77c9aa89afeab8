/**
 * Measure the shipped classifier on the data folder and print a table, beside rules, majority, length and random.
 *
 *   node test/quality/classifier.ts DATA_FOLDER [OUTSIDE_FOLDER] [--json]
 *
 * "unseen" rows come from sources that no weight was trained on; "seen" ones only show what was learnt. OUTSIDE_FOLDER holds
 * test sets of others as they are published: see outside-sets.ts.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Assessment } from "../../src/classify/assessor.ts";
import { createModelAssessor } from "../../src/classify/model-assessor.ts";
import { readText } from "../../src/classify/reading.ts";
import { taskByRules } from "../../src/classify/rules.ts";
import { TASK_NAMES } from "../../src/classify/task-names.ts";
import { readOutsideSets } from "./outside-sets.ts";

interface Row {
  id?: string;
  prompt: string;
  task_class?: string;
  label?: string;
  difficulty?: number;
  level?: number;
  context_missing?: boolean;
}
interface Metric {
  name: string;
  value: number;
  low: number;
  high: number;
}

const parameters = process.argv.slice(2);
const [folder = "", outsideFolder] = parameters.filter((one) => !one.startsWith("--"));
if (!existsSync(folder)) {
  console.log(`no data folder at "${folder}": classifier quality is not measured`);
  process.exit(0);
}

const assessor = createModelAssessor();
const cache = new Map<string, Assessment>();
const random = mulberry(20_240_229);
const metrics: Metric[] = [];
const FALSE_ALARMS = 0.05;

// Written for this project by hands that no weight was trained on.
const late = ["English", "Chinese", "eight languages"].map((language): [string, Row[]] => {
  const file = new URL(`./late-hand-${language.toLowerCase().replace(" ", "-")}.jsonl`, import.meta.url);
  return [`late hand in ${language}`, rowsOf(readFileSync(file, "utf8"))];
});
for (const [file, seen, all] of [
  ...late.map(([name, rows]) => [name, "unseen", rows] as const),
  ["alpacaeval_natural553", "unseen", read("tasks/alpacaeval_natural553")],
  ["mbpp_plus", "unseen", read("tasks/mbpp_plus")],
  ["bfcl", "seen", read("tasks/bfcl")],
  ["dolly_recovered", "seen", read("tasks/dolly_recovered")],
] as const) {
  const rows = all.filter((row) => row.context_missing !== true);
  const truth = rows.map((row) => row.task_class ?? "other");
  const model = rows.map((row) => bestTask(assess(row.prompt).tasks));
  const majority = mostCommon(truth);
  const guesses: [string, string[]][] = [
    ["model", model],
    ["rules", rows.map((row) => taskByRules(row.prompt))],
    ["majority", truth.map(() => majority)],
    ["random", truth.map(() => TASK_NAMES[Math.floor(random() * TASK_NAMES.length)] as string)],
  ];
  for (const [who, guess] of guesses) {
    add(`task accuracy, ${file} (${seen}), ${who}`, rows.length, (pick) => accuracy(pick, truth, guess));
    add(`task macro-F1, ${file} (${seen}), ${who}`, rows.length, (pick) => macroF1(pick, truth, guess));
  }
}

const safe = read("risk/benign_pool").map((row) => row.prompt);
const natural = read("tasks/alpacaeval_natural553").map((row) => row.prompt);
risk("harmful", "do_not_answer (unseen) against benign pool (seen)", texts("risk/do_not_answer"), safe);
risk(
  "harmful",
  "do_not_answer (unseen) against natural prompts (unseen)",
  texts("risk/do_not_answer"),
  natural,
);
const attacks = [...texts("risk/tensortrust_extract"), ...texts("risk/tensortrust_hijack")];
risk("injection", "tensor trust (unseen) against benign pool (seen)", attacks, safe);
const bipia = read("risk/bipia_train");
risk("injection", "BIPIA (seen)", labelled(bipia, "injection"), labelled(bipia, "safe"));

for (const { name, safe: harmless, harmful, injection } of readOutsideSets(outsideFolder)) {
  const [own, which] = harmless.length > 0 ? [harmless, "its own"] : [natural, "natural prompts"];
  if (harmful.length > 0) risk("harmful", `${name} (unseen) against ${which}`, harmful, own);
  if (injection.length > 0) risk("injection", `${name} (unseen) against ${which}`, injection, own);
  if (harmful.length + injection.length === 0)
    risk("injection", `tensor trust (unseen) against ${name} (unseen)`, attacks, harmless);
}

const flask = read("difficulty/flask_difficulty");
for (const [name, rows] of [["FLASK", flask] as const, ...late]) {
  const levels = rows.map((row) => row.difficulty ?? row.level ?? 0);
  for (const [who, guess] of [
    ["model", rows.map((row) => assess(row.prompt).difficulty.value)],
    ["length", rows.map((row) => row.prompt.length)],
    ["random", rows.map(() => random())],
  ] as const) {
    add(`difficulty Spearman, ${name} (unseen), ${who}`, rows.length, (pick) =>
      spearman(
        pick.map((i) => levels[i]!),
        pick.map((i) => guess[i]!),
      ),
    );
  }
}

// What a language model makes of the same prompts that has the hands' brief and nothing else: how far the labels can be met.
const reader = (name: string): Map<string, string> =>
  new Map(
    readFileSync(new URL(`./reader-${name}.tsv`, import.meta.url), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("\t") as [string, string]),
  );
const readTasks = reader("alpacaeval");
const readPrompts = read("tasks/alpacaeval_natural553").filter(({ id }) => readTasks.has(id ?? ""));
const labelsOfRead = readPrompts.map((row) => row.task_class ?? "other");
const tasksByReader = readPrompts.map((row) => readTasks.get(row.id ?? "")!);
add("task accuracy, alpacaeval_natural553, a reader with the brief", readPrompts.length, (pick) =>
  accuracy(pick, labelsOfRead, tasksByReader),
);
add("task macro-F1, alpacaeval_natural553, a reader with the brief", readPrompts.length, (pick) =>
  macroF1(pick, labelsOfRead, tasksByReader),
);
const readLevels = reader("flask");
const readFlask = flask.filter(({ id }) => readLevels.has(id ?? ""));
for (const [who, guess] of [
  ["a reader with the brief", readFlask.map((row) => Number(readLevels.get(row.id ?? "")))],
  ["model", readFlask.map((row) => assess(row.prompt).difficulty.value)],
] as const) {
  add(`difficulty Spearman, ${readFlask.length} of FLASK, ${who}`, readFlask.length, (pick) =>
    spearman(
      pick.map((i) => readFlask[i]!.difficulty!),
      pick.map((i) => guess[i]!),
    ),
  );
}

// CPU of this thread: other work on the machine is not in it.
for (const row of flask) assessor.assess(readText(row.prompt));
const cpu = process.threadCpuUsage();
for (const row of flask) assessor.assess(readText(row.prompt));
const { user, system } = process.threadCpuUsage(cpu);
metrics.push({
  name: "microseconds of CPU, mean over FLASK",
  value: (user + system) / flask.length,
  low: Number.NaN,
  high: Number.NaN,
});

if (parameters.includes("--json")) console.log(JSON.stringify(metrics, null, 2));
else
  for (const { name, value, low, high } of metrics)
    console.log(
      `${name.padEnd(84)} ${value.toFixed(3)}${Number.isNaN(low) ? "" : `  [${low.toFixed(3)}, ${high.toFixed(3)}]`}`,
    );

function risk(kind: "harmful" | "injection", name: string, bad: string[], good: string[]): void {
  const scores = [...bad, ...good].map((prompt) => assess(prompt)[kind].value);
  const lengths = [...bad, ...good].map((prompt) => prompt.length);
  const isBad = scores.map((_, index) => index < bad.length);
  add(`${kind} AUC, ${name}, model`, scores.length, (pick) => auc(pick, isBad, scores));
  add(`${kind} AUC, ${name}, length`, scores.length, (pick) => auc(pick, isBad, lengths));
  add(`${kind} false alarms at 0.5, ${name}, model`, good.length, (pick) =>
    share(pick, (i) => scores[bad.length + i]! > 0.5),
  );
  add(`${kind} found at 0.5, ${name}, model`, bad.length, (pick) => share(pick, (i) => scores[i]! > 0.5));
  const cut = scores.slice(bad.length).sort((a, b) => b - a)[Math.floor(good.length * FALSE_ALARMS)]!;
  add(`${kind} found at 5 % false alarms, ${name}, model`, bad.length, (pick) =>
    share(pick, (i) => scores[i]! > cut),
  );
}

/** The value on all rows, and the middle 95 % of its values on 200 resamples. */
function add(name: string, count: number, measure: (pick: number[]) => number): void {
  const all = Array.from({ length: count }, (_, index) => index);
  const samples = Array.from({ length: 200 }, () =>
    measure(all.map(() => Math.floor(random() * count))),
  ).sort((a, b) => a - b);
  metrics.push({ name, value: measure(all), low: samples[5]!, high: samples[194]! });
}

function read(path: string): Row[] {
  return rowsOf(gunzipSync(readFileSync(join(folder, `${path}.jsonl.gz`))).toString("utf8"));
}

function rowsOf(text: string): Row[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

function texts(path: string): string[] {
  return read(path).map((row) => row.prompt);
}

function labelled(rows: Row[], label: string): string[] {
  return rows.filter((row) => row.label === label).map((row) => row.prompt);
}

function assess(prompt: string): Assessment {
  const known = cache.get(prompt) ?? assessor.assess(readText(prompt));
  cache.set(prompt, known);
  return known;
}

function bestTask(tasks: Float32Array): string {
  return TASK_NAMES[tasks.indexOf(Math.max(...tasks))] as string;
}

function mostCommon(values: string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0];
}

function share(pick: number[], holds: (index: number) => boolean): number {
  return pick.filter(holds).length / pick.length;
}

function accuracy(pick: number[], truth: string[], guess: string[]): number {
  return share(pick, (index) => truth[index] === guess[index]);
}

function macroF1(pick: number[], truth: string[], guess: string[]): number {
  const classes = new Set(pick.map((index) => truth[index]!));
  let total = 0;
  for (const name of classes) {
    const hits = pick.filter((i) => truth[i] === name && guess[i] === name).length;
    const said = pick.filter((i) => guess[i] === name).length;
    const are = pick.filter((i) => truth[i] === name).length;
    total += said + are === 0 ? 0 : (2 * hits) / (said + are);
  }
  return total / classes.size;
}

function auc(pick: number[], isBad: boolean[], scores: number[]): number {
  const ranked = ranks(pick.map((index) => scores[index]!));
  const bad = pick.filter((index) => isBad[index]).length;
  const sum = pick.reduce((total, index, at) => total + (isBad[index] ? ranked[at]! : 0), 0);
  return (sum - (bad * (bad + 1)) / 2) / (bad * (pick.length - bad));
}

function spearman(a: number[], b: number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    xy += (x[index]! - mean) * (y[index]! - mean);
    xx += (x[index]! - mean) ** 2;
    yy += (y[index]! - mean) ** 2;
  }
  return xy / Math.sqrt(xx * yy || 1);
}

/** Ranks from 1, ties sharing the mean of theirs. */
function ranks(values: number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let index = start; index < end; index++) result[order[index]!] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
