import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A question and who got it right. */
export interface RoutingRow {
  readonly id: string;
  readonly prompt: string;
  /** Score by model, 0 to 1. */
  readonly scores: ReadonlyMap<string, number>;
}

interface StoredRow {
  readonly id: string;
  readonly prompt: string;
  readonly contaminated?: boolean;
  readonly outcomes: Readonly<Record<string, { readonly score: number }>>;
}

/** Reads one table of `route_outcomes` without the rows that are marked contaminated. */
export function readRoutingRows(dataFolder: string, name: string): RoutingRow[] {
  const lines = gunzipSync(readFileSync(fileOf(dataFolder, name)))
    .toString("utf8")
    .split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as StoredRow)
    .filter((row) => row.contaminated !== true)
    .map((row) => ({
      id: row.id,
      prompt: row.prompt,
      scores: new Map(Object.entries(row.outcomes).map(([model, outcome]) => [model, outcome.score])),
    }));
}

/** Whether the folder holds what the measurement needs. */
export function hasRoutingData(dataFolder: string): boolean {
  return ["routellm_mmlu", "routellm_gsm8k", "mmlu_pro"].every((name) =>
    existsSync(fileOf(dataFolder, name)),
  );
}

function fileOf(dataFolder: string, name: string): string {
  return join(dataFolder, "route_outcomes", `${name}.jsonl.gz`);
}
