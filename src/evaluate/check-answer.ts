import { RE2JS } from "@bufbuild/re2";
import { codeIn } from "./code-blocks.ts";
import { compileAnswerSchema, readJson } from "./json-answer.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Expectation } from "./scenario-schema.ts";

/** An expectation that does not hold. */
export interface Failure {
  /** The expectation's key, such as "contains", or what went wrong before there was an answer, such as "refused". */
  readonly kind: string;
  /** What is wrong, for people. */
  readonly message: string;
}

/** What expectations about an answer's text need. */
export interface CheckTools {
  readonly sandbox: Sandbox;
  /** Has a target read the answer. Gives its score, 0 to 1, and its reason. */
  judge(
    expectation: Extract<Expectation, { judge: unknown }>["judge"],
    answer: string,
    signal: AbortSignal,
  ): Promise<{ readonly score: number; readonly reason: string }>;
}

/** Why these expectations cannot be checked on this machine; undefined where they can. Asked before money is spent. */
export function whyUncheckable(expectations: readonly Expectation[], sandbox: Sandbox): string | undefined {
  return expectations
    .map((expectation) =>
      "code" in expectation ? sandbox.unavailable(expectation.code.language) : undefined,
    )
    .find((reason) => reason !== undefined);
}

/**
 * Checks an answer; an empty list means that it does its job. Judges cost money: they are asked only where all else holds.
 */
export async function checkAnswer(
  answer: string,
  expectations: readonly Expectation[],
  tools: CheckTools,
  signal: AbortSignal,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const costly = (expectation: Expectation): number =>
    "judge" in expectation ? 2 : "code" in expectation ? 1 : 0;
  for (const expectation of expectations.toSorted((left, right) => costly(left) - costly(right))) {
    if ("judge" in expectation && failures.length > 0) break;
    const failure = await check(answer, expectation, tools, signal);
    if (failure !== undefined) failures.push(failure);
  }
  return failures;
}

async function check(
  answer: string,
  expectation: Expectation,
  tools: CheckTools,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  if ("contains" in expectation) {
    const { contains, ignore_case } = expectation;
    const missing = contains.filter((text) => !includes(answer, text, ignore_case));
    return fails("contains", missing, (texts) => `${texts} is not in the answer`);
  }
  if ("not_contains" in expectation) {
    const { not_contains, ignore_case } = expectation;
    const found = not_contains.filter((text) => includes(answer, text, ignore_case));
    return fails("not_contains", found, (texts) => `${texts} is in the answer`);
  }
  if ("regex" in expectation) {
    if (RE2JS.compile(expectation.regex).test(answer)) return undefined;
    return { kind: "regex", message: `nothing in the answer matches ${expectation.regex}` };
  }
  if ("json_schema" in expectation) return checkJson(answer, expectation.json_schema);
  if ("numeric" in expectation) return checkNumber(answer, expectation.numeric);
  if ("code" in expectation) {
    const { language, test, timeout_seconds } = expectation.code;
    const result = await tools.sandbox.run(
      language,
      codeIn(answer, language),
      test,
      timeout_seconds * 1000,
      signal,
    );
    if (result.type === "passed") return undefined;
    const message = result.type === "timeout" ? `it ran longer than ${timeout_seconds} s` : result.message;
    return { kind: "code", message };
  }
  if ("judge" in expectation) {
    const { score, reason } = await tools.judge(expectation.judge, answer, signal);
    if (score >= expectation.judge.min_score) return undefined;
    return {
      kind: "judge",
      message: `scored ${score} of the ${expectation.judge.min_score} needed: ${reason}`,
    };
  }
  return { kind: "refused", message: "it was answered, and should have been refused" };
}

function includes(answer: string, text: string, ignoreCase: boolean): boolean {
  return ignoreCase ? answer.toLowerCase().includes(text.toLowerCase()) : answer.includes(text);
}

function fails(
  kind: string,
  texts: readonly string[],
  message: (texts: string) => string,
): Failure | undefined {
  if (texts.length === 0) return undefined;
  return { kind, message: message(texts.map((text) => JSON.stringify(text.slice(0, 100))).join(", ")) };
}

function checkJson(answer: string, schema: Readonly<Record<string, unknown>>): Failure | undefined {
  const json = readJson(answer);
  if (json === undefined) return { kind: "json_schema", message: "the answer is not JSON" };
  const validate = compileAnswerSchema(schema);
  if (validate(json.value)) return undefined;
  const errors = (validate.errors ?? []).slice(0, 3);
  const message = errors.map(({ instancePath, message }) => `${instancePath || "it"} ${message}`).join("; ");
  return { kind: "json_schema", message };
}

/** The last number is where answers that reason first and conclude then have their result. */
function checkNumber(
  answer: string,
  { value, tolerance }: { readonly value: number; readonly tolerance: number },
): Failure | undefined {
  const found = answer.match(/[-\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?/g)?.at(-1);
  if (found === undefined) return { kind: "numeric", message: "there is no number in the answer" };
  const number = Number(found.replaceAll(",", "").replace("\u2212", "-"));
  // A hair of slack, so that a tolerance that is met exactly is met in binary, too.
  if (Math.abs(number - value) <= tolerance + 1e-12 * Math.abs(value)) return undefined;
  return {
    kind: "numeric",
    message: `${number} is not ${value}${tolerance > 0 ? ` give or take ${tolerance}` : ""}`,
  };
}
