import type { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { sha256Hex } from "../lib/digest.ts";
import type { PromptFeatures } from "./prompt-correction.ts";
import { ScorecardError } from "./scorecard-error.ts";
import { taskNamed } from "./tasks.ts";

/** What one target made of one question. */
export interface OutcomeRow {
  /** Rows of the same question share it. */
  readonly questionId: string;
  readonly targetId: string;
  readonly task: Task;
  /** 0 to 1. */
  readonly difficulty: number;
  /** 0 to 1; 1 is success. */
  readonly score: number;
  /** US dollars; undefined where it is not known. */
  readonly cost: number | undefined;
  /** What the prompt is about and how it is put; undefined where it is not known. */
  readonly features?: PromptFeatures | undefined;
}

/** Says what a prompt asks for, where a table of outcomes does not, and what success may depend on beyond that. */
export type EstimatePrompt = (prompt: string) => {
  readonly task: Task;
  readonly difficulty: number;
  readonly features?: PromptFeatures;
};

/**
 * Reads a table of outcomes, one JSON object a line, of either form or both mixed:
 * `{"id"?, "prompt"?, "task"?, "difficulty"?, "outcomes": {"TARGET": {"score", "cost"?}}}` and
 * `{"id"?, "prompt"?, "target", "task"?, "difficulty"?, "score", "cost"?}`. Empty lines are skipped, other fields ignored.
 *
 * @param estimate what supplies a task or difficulty that a line leaves out; without it such a line is an error.
 * @throws ScorecardError `invalid_row`, which names the line.
 */
export function parseOutcomeRows(text: string, estimate?: EstimatePrompt): OutcomeRow[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    return readRows(parseObject(line, index + 1), index + 1, estimate);
  });
}

function readRows(row: Fields, line: number, estimate: EstimatePrompt | undefined): OutcomeRow[] {
  const prompt = optionalText(row, "prompt", line);
  const estimated = lazily(() => (prompt === undefined ? undefined : estimate?.(prompt)));
  const task = readTask(row, line) ?? estimated()?.task;
  const difficulty = row.difficulty === undefined ? estimated()?.difficulty : share(row, "difficulty", line);
  if (task === undefined)
    throw invalid(line, "it has no task, and no prompt from which one could be estimated");
  if (difficulty === undefined)
    throw invalid(line, "it has no difficulty, and no prompt from which one could be estimated");
  const id = optionalText(row, "id", line) ?? (prompt === undefined ? `line ${line}` : sha256Hex(prompt));
  const features = estimated()?.features;
  const common = { questionId: id, task, difficulty, ...(features && { features }) };
  if (row.outcomes === undefined)
    return [{ ...common, ...readOutcome(row, text(row, "target", line), line) }];
  return Object.entries(asFields(row.outcomes, "outcomes", line)).map(([target, outcome]) => ({
    ...common,
    ...readOutcome(asFields(outcome, `outcomes.${target}`, line), target, line),
  }));
}

function readOutcome(
  fields: Fields,
  targetId: string,
  line: number,
): Pick<OutcomeRow, "targetId" | "score" | "cost"> {
  const cost = fields.cost;
  if (cost !== undefined && !(typeof cost === "number" && cost >= 0 && Number.isFinite(cost)))
    throw invalid(line, "its cost is not a number of at least 0");
  return { targetId, score: share(fields, "score", line), cost };
}

function readTask(row: Fields, line: number): Task | undefined {
  const name = optionalText(row, "task", line);
  if (name === undefined) return undefined;
  const task = taskNamed(name);
  if (task === undefined) throw invalid(line, `there is no task "${name}"`);
  return task;
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(line: string, number: number): Fields {
  try {
    return asFields(JSON.parse(line), "the line", number);
  } catch (error) {
    if (error instanceof ScorecardError) throw error;
    throw invalid(number, `it is not JSON: ${(error as Error).message}`);
  }
}

function asFields(value: unknown, name: string, line: number): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(line, `${name} is not an object`);
  return value as Fields;
}

function share(fields: Fields, name: string, line: number): number {
  const value = typeof fields[name] === "boolean" ? Number(fields[name]) : fields[name];
  if (typeof value !== "number" || !(value >= 0 && value <= 1))
    throw invalid(line, `its ${name} is not a number of 0 to 1`);
  return value;
}

function text(fields: Fields, name: string, line: number): string {
  const value = optionalText(fields, name, line);
  if (value === undefined || value === "") throw invalid(line, `it has no ${name}`);
  return value;
}

function optionalText(fields: Fields, name: string, line: number): string | undefined {
  const value = fields[name];
  if (value !== undefined && typeof value !== "string") throw invalid(line, `its ${name} is not a text`);
  return value;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function invalid(line: number, reason: string): ScorecardError {
  return new ScorecardError("invalid_row", `Line ${line} of the outcomes cannot be used: ${reason}.`);
}
