import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { EvaluateError } from "./evaluate-error.ts";
import { type ScenarioFile, scenarioFileSchema } from "./scenario-schema.ts";

/** The largest file of scenarios, in characters. */
const MAX_LENGTH = 64 * 1024 * 1024;

/**
 * Parses a file of scenarios in YAML or JSON.
 * @throws EvaluateError `invalid_scenarios` with every mistake and its line.
 */
export function readScenarios(text: string, file: string): ScenarioFile {
  if (text.length > MAX_LENGTH) throw invalid(file, [`it is longer than ${MAX_LENGTH} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    throw invalid(
      file,
      document.errors.map(({ message, pos }) => `line ${lines.linePos(pos[0]).line}: ${message}`),
    );
  const parsed = scenarioFileSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success)
    throw invalid(
      file,
      parsed.error.issues.flatMap(innermost).map(({ path, message }) => {
        const line = lineOf(document, path, lines);
        return `${line > 0 ? `line ${line}, ` : ""}${path.join(".") || "file"}: ${message}`;
      }),
    );
  const seen = new Set<string>();
  const twice = parsed.data.scenarios.filter(({ id }) => seen.size === seen.add(id).size);
  if (twice.length > 0)
    throw invalid(
      file,
      twice.map(({ id }) => `the id "${id}" is used twice`),
    );
  return parsed.data;
}

type Issue = Pick<z.core.$ZodIssue, "path" | "message">;

/** Of the forms that a thing may have, the one that it comes nearest to is the one that was meant. */
function innermost(issue: z.core.$ZodIssue): Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const deepest = (issues: readonly z.core.$ZodIssue[]): number =>
    Math.max(...issues.map(({ path, code }) => path.length - (code === "unrecognized_keys" ? 1 : 0)));
  const best = issue.errors.toSorted(
    (left, right) => deepest(right) - deepest(left) || left.length - right.length,
  )[0];
  return (best ?? []).flatMap(innermost).map(({ path, message }) => ({
    path: [...issue.path, ...path],
    message,
  }));
}

function lineOf(
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
  lines: LineCounter,
): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node !== "object" || node === null || !("range" in node)) continue;
    const { range } = node as { range?: readonly number[] | null };
    if (range?.[0] !== undefined) return lines.linePos(range[0]).line;
  }
  return 0;
}

function invalid(file: string, mistakes: readonly string[]): EvaluateError {
  return new EvaluateError(
    "invalid_scenarios",
    `${file} cannot be used:\n${mistakes.map((mistake) => `  ${mistake}`).join("\n")}`,
  );
}
