/**
 * How well and how fast the detectors work: `node test/privacy/measure.ts DATA_FOLDER [--json] [--split=dev] [--show=KIND]`.
 *
 * A gold span counts as found if a finding of its kind covers at least half of it; a finding counts as right if it
 * overlaps a gold span of its kind. `hidden` is the share of the gold span's characters that some finding of any kind
 * covers: what a reader of the protected text could no longer see.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { detect, tryDetect } from "../../src/privacy/detect.ts";
import type { Span } from "../../src/privacy/detector.ts";
import { compatibleTypes, kindOfGoldType } from "./gold-types.ts";

type Row = {
  readonly id: string;
  readonly prompt: string;
  readonly split?: string;
  readonly spans?: [number, number, string][];
};
type Tally = {
  gold: number;
  found: number;
  right: number;
  wrong: number;
  characters: number;
  hidden: number;
};

const [folder, ...flags] = process.argv.slice(2);
if (folder === undefined)
  throw new Error("Say where the data is: node test/privacy/measure.ts DATA_FOLDER [--json]");
const split = flags.find((flag) => flag.startsWith("--split="))?.slice(8);
const show = flags.find((flag) => flag.startsWith("--show="))?.slice(7);

const personal = readRows("risk/pii_presidio_synth_v2.jsonl.gz");
const secrets = readRows("risk/secrets_synthetic.jsonl.gz");
const tables = { personal: measureRows(personal), secrets: measureRows(secrets) };
const benign = {
  benign_pool: countFindings("risk/benign_pool.jsonl.gz"),
  prompts_real: countFindings("prompts-real.jsonl"),
};
const speed = measureSpeed([...readRows("risk/benign_pool.jsonl.gz"), ...readRows("prompts-real.jsonl")]);

if (flags.includes("--json")) console.log(JSON.stringify({ tables, benign, speed }));
else printAll();

function readRows(path: string): Row[] {
  const bytes = readFileSync(join(folder!, path));
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const rows = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
  return split === undefined ? rows : rows.filter((row) => row.split === undefined || row.split === split);
}

function measureRows(rows: readonly Row[]): Record<string, Tally> {
  const tallies: Record<string, Tally> = {};
  for (const row of rows) {
    const gold = (row.spans ?? []).map(([start, end, type]) =>
      goldSpan(row.prompt, codeUnit(row.prompt, start), codeUnit(row.prompt, end), type),
    );
    const spans = detect(row.prompt);
    for (const { start, end, kind } of gold) {
      if (kind === undefined) continue;
      const tally = tallyOf(tallies, kind);
      tally.gold++;
      tally.characters += end - start;
      tally.hidden += covered(spans, start, end);
      const ofKind = covered(
        spans.filter((span) => span.kind === kind),
        start,
        end,
      );
      if (ofKind * 2 >= end - start) tally.found++;
      else if (show === kind)
        console.log(
          `MISS ${kind}: ${JSON.stringify(row.prompt.slice(start, end))} in ${JSON.stringify(row.prompt.slice(Math.max(0, start - 60), end + 30))}`,
        );
    }
    for (const span of spans) {
      const over = gold.filter((other) => other.start < span.end && other.end > span.start);
      if (over.some((other) => other.kind === span.kind)) tallyOf(tallies, span.kind).right++;
      else if (!over.some((other) => compatibleTypes[span.kind]?.includes(other.type))) {
        tallyOf(tallies, span.kind).wrong++;
        if (show === span.kind)
          console.log(
            `WRONG ${span.kind} ${span.detector}: ${JSON.stringify(row.prompt.slice(span.start, span.end))} in ${JSON.stringify(row.prompt.slice(Math.max(0, span.start - 40), span.end + 30))}`,
          );
      }
    }
  }
  return tallies;
}

/** Positions in the data count code points; strings here count code units. */
function codeUnit(text: string, position: number): number {
  let index = 0;
  for (let point = 0; point < position; point++) index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  return index;
}

/** Where the data marks `name = value`, the value is what must be hidden. */
function goldSpan(text: string, start: number, end: number, type: string) {
  const name =
    type === "password_kv" || type === "aws_secret" ? /^\w+\s*[:=]\s*/.exec(text.slice(start, end)) : null;
  const password = type === "basic_url" ? /:\/\/[^:]*:([^@]+)@/d.exec(text.slice(start, end)) : null;
  if (password !== null)
    return {
      start: start + password.indices![1]![0],
      end: start + password.indices![1]![1],
      type,
      kind: kindOfGoldType(type),
    };
  return { start: start + (name?.[0].length ?? 0), end, type, kind: kindOfGoldType(type) };
}

function covered(spans: readonly Span[], start: number, end: number): number {
  return spans.reduce(
    (sum, span) => sum + Math.max(0, Math.min(end, span.end) - Math.max(start, span.start)),
    0,
  );
}

function tallyOf(tallies: Record<string, Tally>, kind: string): Tally {
  tallies[kind] ??= { gold: 0, found: 0, right: 0, wrong: 0, characters: 0, hidden: 0 };
  return tallies[kind];
}

/** Findings in texts that were not written to hold any: an upper bound of false positives, names of the famous included. */
function countFindings(path: string): {
  texts: number;
  textsWithFindings: number;
  kinds: Record<string, number>;
} {
  const rows = readRows(path);
  const kinds: Record<string, number> = {};
  let textsWithFindings = 0;
  for (const row of rows) {
    const spans = detect(row.prompt);
    if (spans.length > 0) textsWithFindings++;
    for (const span of spans) {
      kinds[span.kind] = (kinds[span.kind] ?? 0) + 1;
      if (show === `benign:${span.kind}`)
        console.log(
          `${span.detector} ${span.confidence}: ${JSON.stringify(row.prompt.slice(span.start, span.end))} in ${JSON.stringify(row.prompt.slice(Math.max(0, span.start - 40), span.end + 30))}`,
        );
    }
  }
  return { texts: rows.length, textsWithFindings, kinds };
}

/** Megabytes (of UTF-8) a second over ordinary prompts with everything on: each prompt by itself, best of five rounds. */
function measureSpeed(rows: readonly Row[]) {
  const texts = rows.map((row) => row.prompt);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage().user;
    for (const text of texts) tryDetect(text);
    best = Math.min(best, process.cpuUsage().user - start);
  }
  return {
    bytes,
    megabytesPerSecond: Number((bytes / best).toFixed(1)),
    microsecondsPerPrompt: Number((best / texts.length).toFixed(2)),
  };
}

function printAll(): void {
  for (const [title, tallies] of Object.entries(tables)) {
    console.log(
      `\n${title}\n| kind | gold | found | findings right | wrong | precision | recall | F1 | hidden |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|`,
    );
    for (const [kind, tally] of Object.entries(tallies).sort((a, b) => b[1].gold - a[1].gold))
      console.log(line(kind, tally));
  }
  for (const [title, { texts, textsWithFindings, kinds }] of Object.entries(benign)) {
    console.log(`\n${title}: findings in ${textsWithFindings} of ${texts} texts: ${JSON.stringify(kinds)}`);
  }
  console.log(
    `\nspeed: ${speed.megabytesPerSecond} MB/s of CPU time over ${speed.bytes} bytes, ${speed.microsecondsPerPrompt} us a prompt`,
  );
}

function line(kind: string, { gold, found, right, wrong, characters, hidden }: Tally): string {
  const precision = right / Math.max(1, right + wrong);
  const recall = found / Math.max(1, gold);
  const f1 = (2 * precision * recall) / Math.max(1e-9, precision + recall);
  const share = hidden / Math.max(1, characters);
  return `| ${kind} | ${gold} | ${found} | ${right} | ${wrong} | ${precision.toFixed(3)} | ${recall.toFixed(3)} | ${f1.toFixed(3)} | ${share.toFixed(3)} |`;
}
