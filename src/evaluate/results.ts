import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { EvaluateError } from "./evaluate-error.ts";

const resultSchema = z.object({
  /** The evaluation that it was made in; sorts by time. */
  run: z.string(),
  /** What was asked, of whom and how it was checked, as a hash: the same cell is not worked on twice. */
  cell: z.string(),
  scenario: z.string(),
  candidate: z.string(),
  repetition: z.number(),
  /** `error`: nothing was learned, and the next run tries again. `skipped`: it cannot be checked on this machine. */
  status: z.enum(["passed", "failed", "error", "skipped"]),
  failures: z.array(z.object({ kind: z.string(), message: z.string() })),
  /** The target that answered; "" where none did. */
  target: z.string(),
  /** A task's word, such as "open_qa"; "" where nothing was decided. */
  task: z.string(),
  difficulty: z.number(),
  /** What the answer cost, in US dollars, and what judging it did. */
  cost: z.number(),
  judge_cost: z.number(),
  latency_ms: z.number(),
  first_token_ms: z.number().optional(),
  output_tokens: z.number(),
  /** The beginning of the answer. */
  answer: z.string(),
  decision: z.string(),
  time: z.string(),
});

const lineSchema = z.union([z.object({ fresh: z.string() }), resultSchema]);

/** What came of one scenario with one candidate, once. */
export type Result = z.infer<typeof resultSchema>;

/** All results of a file, in the order in which they were made. */
export interface ResultHistory {
  readonly results: readonly Result[];
  /** Those of which a new run need not do the same work again. */
  readonly reusable: readonly Result[];
}

/** A file of results that only grows; each line is written as soon as it is known, so that nothing paid for is lost. */
export interface ResultFile {
  readonly history: ResultHistory;
  append(result: Result): void;
}

/**
 * Opens a file of results, one JSON object a line; it is made where there is none.
 * @param fresh the run that starts anew, without the results so far; they stay for comparison.
 * @throws EvaluateError `invalid_results`.
 */
export function openResults(file: string, fresh: string | undefined): ResultFile {
  mkdirSync(dirname(file), { recursive: true });
  const known = existsSync(file);
  const text = known ? readFileSync(file, "utf8") : "";
  // A run that was killed while it wrote leaves half a line; the next one begins on a line of its own.
  if (text !== "" && !text.endsWith("\n")) appendFileSync(file, "\n");
  if (fresh !== undefined) appendFileSync(file, `${JSON.stringify({ fresh })}\n`);
  const history = parseResults(text, file);
  return {
    history: fresh === undefined ? history : { results: history.results, reusable: [] },
    append: (result) => appendFileSync(file, `${JSON.stringify(result)}\n`),
  };
}

/** Reads a file of results. Half a line at its end is passed over. @throws EvaluateError `invalid_results` */
export function readResults(file: string): ResultHistory {
  try {
    return parseResults(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (error instanceof EvaluateError) throw error;
    throw new EvaluateError("invalid_results", `${file} cannot be read: ${(error as Error).message}`);
  }
}

function parseResults(text: string, file: string): ResultHistory {
  const results: Result[] = [];
  let reusable: Result[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success) {
      if (parseJson(line) === undefined) continue;
      throw new EvaluateError("invalid_results", `Line ${index + 1} of ${file} is not a result.`);
    }
    if ("fresh" in parsed.data) reusable = [];
    else {
      results.push(parsed.data);
      reusable.push(parsed.data);
    }
  }
  return { results, reusable };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
