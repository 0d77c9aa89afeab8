import { RE2JS } from "@bufbuild/re2";
import { z } from "zod";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { enumFromWord } from "../lib/enums.ts";
import { compileAnswerSchema } from "./json-answer.ts";

const share = z.number().min(0).max(1);
const text = z.string().min(1).max(1_000_000);
const name = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, "must be 1 to 128 characters out of [A-Za-z0-9_.-]");
const texts = z.union([text.transform((one) => [one]), z.array(text).min(1).max(100)]);

const task = z.string().refine((word) => (enumFromWord(TaskSchema, word) ?? 0) > 0, "is not a task");

/** RE2 has no backtracking: the time to match grows with the text alone, whatever the pattern. */
const pattern = z
  .string()
  .min(1)
  .max(2_000)
  .superRefine((source, context) => {
    try {
      RE2JS.compile(source);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
    }
  });

const jsonSchema = z.record(z.string(), z.unknown()).superRefine((schema, context) => {
  try {
    compileAnswerSchema(schema);
  } catch (error) {
    context.addIssue({
      code: "custom",
      message: `is not a JSON Schema that can be used: ${(error as Error).message}`,
    });
  }
});

/** What is expected of an answer; each form has a key of its own. */
export const expectationSchema = z.union([
  /** All of these texts are in the answer. */
  z.strictObject({ contains: texts, ignore_case: z.boolean().default(true) }),
  /** None of these texts is in the answer. */
  z.strictObject({ not_contains: texts, ignore_case: z.boolean().default(true) }),
  /** An RE2 expression that matches somewhere in the answer. */
  z.strictObject({ regex: pattern }),
  /** The answer is JSON, perhaps in a fence, and follows this schema. */
  z.strictObject({ json_schema: jsonSchema }),
  /** The last number in the answer is this one, give or take. */
  z.strictObject({
    numeric: z.strictObject({ value: z.number(), tolerance: z.number().min(0).default(0) }),
  }),
  /** The code in the answer, with this test after it, runs to its end. */
  z.strictObject({
    code: z.strictObject({
      language: z.enum(["javascript", "typescript", "python"]),
      test: text,
      timeout_seconds: z.number().min(0.1).max(60).default(10),
    }),
  }),
  /** A target reads the answer and gives it at least this score. */
  z.strictObject({
    judge: z.strictObject({ target: z.string().min(1), rubric: text, min_score: share.default(0.7) }),
  }),
  /** The request is refused or denied: by policy, or by the model's provider. */
  z.strictObject({ refused: z.literal(true) }),
]);

const turn = z.strictObject({ role: z.enum(["system", "user", "assistant"]), text });

const scenario = z
  .strictObject({
    /** Names the scenario; results are compared by it from run to run. */
    id: name,
    /** What it is about, for the report. Default: the prompt. */
    title: z.string().max(200).optional(),
    prompt: text.optional(),
    /** A system turn before the prompt. */
    system: text.optional(),
    /** A conversation instead of a prompt. */
    turns: z.array(turn).min(1).max(1_000).optional(),
    /** Where it is not given, the service's classifier says. */
    task: task.optional(),
    /** Where it is not given, the service's classifier says. */
    difficulty: share.optional(),
    max_output_tokens: z.int().min(1).max(1_000_000).optional(),
    temperature: z.number().min(0).max(2).optional(),
    /** Asks for JSON of this schema; `true` for any JSON object. */
    response_schema: z.union([z.literal(true), jsonSchema]).optional(),
    labels: z.record(z.string(), z.string()).default({}),
    /** All of them have to hold. */
    expect: z.union([expectationSchema.transform((one) => [one]), z.array(expectationSchema).min(1).max(50)]),
  })
  .refine(({ prompt, turns }) => (prompt === undefined) !== (turns === undefined), {
    message: "needs either prompt or turns",
  })
  .refine(({ system, turns }) => system === undefined || turns === undefined, {
    message: "has turns: put the system's text there, too",
  })
  .refine(({ turns }) => turns?.at(-1)?.role !== "assistant", {
    message: "the last turn must not be the assistant's",
  });

const candidate = z.union([
  z.strictObject({ target: z.string().min(1), name: name.optional() }),
  z.strictObject({ policy: z.string().min(1), name: name.optional() }),
]);

/** A file of scenarios, as it is written. */
export const scenarioFileSchema = z.strictObject({
  name: z.string().min(1).max(200).default("scenarios"),
  /** Who is compared. Default: every target of the configuration, and its policy. */
  candidates: z.array(candidate).min(1).max(100).optional(),
  /** How often every scenario is asked of every candidate. Default 1. */
  repeat: z.int().min(1).max(1_000).default(1),
  scenarios: z.array(scenario).min(1).max(100_000),
});

/** One expectation, complete. */
export type Expectation = z.output<typeof expectationSchema>;

/** One scenario, complete. */
export type Scenario = z.output<typeof scenario>;

/** A candidate as it is written. */
export type CandidateChoice = z.output<typeof candidate>;

/** A file of scenarios, complete. */
export type ScenarioFile = z.output<typeof scenarioFileSchema>;
