import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import cliProgress from "cli-progress";
import { CompletionStateSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { RouteInputSchema, TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { type RouteResponse, RouteResponseSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { enumWord } from "../lib/enums.ts";
import { formatDollars } from "../lib/money.ts";
import { type Connection, connect, describeError } from "./connection.ts";
import { inputOf, UsageError } from "./input.ts";
import type { RouteOptions } from "./route-command.ts";
import { formatTable } from "./table.ts";

/** Options of `route --file`. */
export interface RouteFileOptions extends RouteOptions {
  readonly file: string;
  readonly out?: string;
  readonly concurrency?: string;
}

/** What came of one line. */
interface Result {
  readonly id: string;
  readonly response?: RouteResponse;
  readonly error?: string;
}

/**
 * Routes a file of JSON Lines, each with `prompt` or `input` (a RouteInput) and perhaps an `id`; writes a line for each in
 * the order of the file, and ends with a table by task.
 */
export async function routeFile(options: RouteFileOptions): Promise<number> {
  const lines = readFileSync(options.file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "").length;
  const connection = connect(options);
  const quiet = options.json || !process.stderr.isTTY;
  const bar = new cliProgress.SingleBar(
    {
      format: "{bar} {value}/{total}, {rate}/s, {failed} failed, {eta_formatted} left",
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  const started = performance.now();
  if (!quiet) bar.start(lines, 0, { rate: "0", failed: 0 });
  const out = options.out ? createWriteStream(options.out) : undefined;
  const results: Result[] = [];
  let failed = 0;
  for await (const result of inOrder(readLines(options.file), concurrencyOf(options), (line) =>
    routeLine(connection, line, options),
  )) {
    results.push(result);
    if (result.error) failed++;
    out?.write(`${JSON.stringify(toLine(result))}\n`);
    const rate = (results.length / ((performance.now() - started) / 1000)).toFixed(0);
    if (!quiet) bar.update(results.length, { rate, failed });
    else if (!options.json && results.length % 100 === 0)
      console.error(`${results.length}/${lines}, ${rate}/s, ${failed} failed`);
  }
  bar.stop();
  await new Promise<void>((resolve) => (out ? out.end(resolve) : resolve()));
  const rows = summarize(results);
  if (options.json) console.log(JSON.stringify({ rows, failed, total: results.length }));
  else console.log(showSummary(rows, results, failed, (performance.now() - started) / 1000));
  return failed === 0 ? 0 : 1;
}

async function* readLines(file: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line.trim() !== "") yield line;
}

/** Works on `width` items at once and gives the results in the order of the items; holds at most that many. */
async function* inOrder<Item, Out>(
  items: AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<Out>,
): AsyncGenerator<Out> {
  const pending: Promise<Out>[] = [];
  for await (const item of items) {
    pending.push(work(item));
    if (pending.length >= width) yield (await pending.shift()) as Out;
  }
  while (pending.length > 0) yield (await pending.shift()) as Out;
}

async function routeLine({ route }: Connection, line: string, options: RouteFileOptions): Promise<Result> {
  let id = "";
  try {
    const row = JSON.parse(line) as { id?: string; prompt?: string; input?: JsonValue };
    id = row.id ?? "";
    const input =
      row.input === undefined ? inputOf(row.prompt ?? "", options) : fromJson(RouteInputSchema, row.input);
    const timeout = options.timeout ? { timeoutMs: Number(options.timeout) * 1000 } : {};
    return { id, response: await route.route({ input }, timeout) };
  } catch (error) {
    return { id, error: describeError(error, options.url) };
  }
}

function toLine({ id, response, error }: Result): unknown {
  return response ? { id, ...(toJson(RouteResponseSchema, response) as object) } : { id, error };
}

/** One row of the closing table. */
export interface SummaryRow {
  readonly task: string;
  readonly count: number;
  readonly states: Record<string, number>;
  readonly targets: Record<string, number>;
  readonly costMicros: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

function summarize(results: readonly Result[]): SummaryRow[] {
  const groups = new Map<string, RouteResponse[]>();
  for (const { response } of results) {
    if (!response) continue;
    const task = enumWord(TaskSchema, response.decision?.facts?.task ?? 0);
    groups.set(task, [...(groups.get(task) ?? []), response]);
  }
  return [...groups]
    .sort(([, left], [, right]) => right.length - left.length)
    .map(([task, rows]) => summaryRow(task, rows));
}

function summaryRow(task: string, rows: readonly RouteResponse[]): SummaryRow {
  const latencies = rows
    .map(({ completion }) => (completion?.latency ? toMilliseconds(completion.latency) : 0))
    .sort((a, b) => a - b);
  return {
    task,
    count: rows.length,
    states: countBy(rows.map(({ completion }) => enumWord(CompletionStateSchema, completion?.state ?? 0))),
    targets: countBy(rows.map(({ completion }) => completion?.targetId || "none")),
    costMicros: rows.reduce((sum, { completion }) => sum + (completion?.costMicros ?? 0), 0),
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
  };
}

function showSummary(
  rows: readonly SummaryRow[],
  results: readonly Result[],
  failed: number,
  seconds: number,
): string {
  const all = summaryRow(
    "all",
    results.flatMap(({ response }) => (response ? [response] : [])),
  );
  const table = formatTable<SummaryRow>(
    [
      { title: "task", cell: ({ task }) => task },
      { title: "count", align: "right", cell: ({ count }) => String(count) },
      { title: "targets", cell: ({ targets }) => describeCounts(targets) },
      { title: "states", cell: ({ states }) => describeCounts(states) },
      { title: "cost", align: "right", cell: ({ costMicros }) => formatDollars(costMicros / 1e6) },
      { title: "p50 ms", align: "right", cell: ({ p50Ms }) => p50Ms.toFixed(0) },
      { title: "p95 ms", align: "right", cell: ({ p95Ms }) => p95Ms.toFixed(0) },
    ],
    [...rows, all],
  );
  const firstError = results.find(({ error }) => error)?.error;
  const tail = `${results.length} requests in ${seconds.toFixed(1)} s, ${failed} failed${firstError ? `; the first: ${firstError}` : ""}`;
  return `${table}\n\n${tail}`;
}

function concurrencyOf({ concurrency }: RouteFileOptions): number {
  const width = Number(concurrency ?? 8);
  if (!Number.isInteger(width) || width < 1 || width > 1_000)
    throw new UsageError("--concurrency wants a whole number from 1 to 1000.");
  return width;
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function describeCounts(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort(([, left], [, right]) => right - left)
    .map(([word, count]) => `${word} ${count}`)
    .join(", ");
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
