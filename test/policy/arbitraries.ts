import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { type Facts, FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";

const share = fc.constantFrom(0, 0.25, 0.5, 0.75, 0.9, 1);
const count = fc.constantFrom(0, 1, 2, 5, 1000, 4_294_967_295);
const word = fc.constantFrom("", "acme", "chat", "de", "en", "x", "größer", "👍x", "toString");
const words = fc.uniqueArray(word, { maxLength: 3 });
const labelName = fc.constantFrom("team", "tier", "toString", "x y", "__proto__");

/** A message of which any part may be missing. */
function partly<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

/** Facts of every shape, with few different values so that comparisons often hold. */
export const arbitraryFacts: fc.Arbitrary<Facts> = partly({
  caller: partly({ tenant: word, app: word, user: word, roles: words, keyId: word }),
  task: fc.integer({ min: 0, max: 14 }),
  taskConfidence: share,
  difficulty: share,
  language: word,
  inputTokens: count,
  predictedOutputTokens: count,
  maxOutputTokens: count,
  turnCount: count,
  modalities: fc.subarray([1, 2, 3, 4]),
  toolCount: count,
  jsonOutput: fc.boolean(),
  sensitivity: partly({
    piiCount: count,
    secretCount: count,
    kinds: fc.dictionary(fc.constantFrom("email", "phone"), count),
  }),
  risk: partly({ harmful: share, injection: share }),
  labels: fc.dictionary(labelName, word),
  hints: partly({
    task: fc.integer({ min: 0, max: 14 }),
    latencyClass: fc.integer({ min: 0, max: 3 }),
    qualityFloor: share,
    costCeilingMicros: count,
    maxLatency: count.map((seconds) => create(DurationSchema, { seconds: BigInt(seconds) })),
  }),
  budget: partly({ remaining: fc.constantFrom(0, 0.5, Number.POSITIVE_INFINITY), remainingShare: share }),
  successAdjustments: fc.dictionary(labelName, fc.double({ min: -3, max: 3, noNaN: true })),
  unavailableTargetIds: words,
  warmPrefix: partly({ targetId: word, cachedTokens: count }),
  draw: share,
  streaming: fc.boolean(),
  conversationId: word,
}).map((fields) => create(FactsSchema, fields as Parameters<typeof create<typeof FactsSchema>>[1]));

const quote = (text: string) => `'${text}'`;
const join = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((texts) => texts.join(""));
const between = (left: fc.Arbitrary<string>, signs: readonly string[], right: fc.Arbitrary<string>) =>
  join("(", left, " ", fc.constantFrom(...signs), " ", right, ")");

const taskWord = fc.constantFrom("chat", "other", "translation", "code_generation", "unspecified").map(quote);
const textLiteral = word.map(quote);
const order = ["<", "<=", ">", ">=", "==", "!="];

/** Conditions over every kind of variable, operator and function, as text; all of them have the right types. */
export const arbitraryCondition: fc.Arbitrary<string> = fc.letrec<{
  condition: string;
  whole: string;
  fraction: string;
  text: string;
}>((tie) => ({
  whole: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(
      "input_tokens",
      "turn_count",
      "tool_count",
      "sensitivity.pii_count",
      "hints.cost_ceiling_micros",
    ),
    fc.constantFrom(
      "0",
      "1",
      "-2",
      "5",
      "1000",
      "4294967296",
      "9223372036854775807",
      "warm_prefix.cached_tokens",
    ),
    fc.constantFrom(
      "sensitivity.kinds.email",
      "sensitivity.kinds['phone']",
      "size(modalities)",
      "caller.roles.size()",
    ),
    join("size(", tie("text"), ")"),
    between(tie("whole"), ["+", "-", "*", "/", "%"], tie("whole")),
    join("-(", tie("whole"), ")"),
    join("(", tie("condition"), " ? ", tie("whole"), " : ", tie("whole"), ")"),
  ),
  fraction: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(
      "difficulty",
      "task_confidence",
      "risk.harmful",
      "hints.quality_floor",
      "budget.remaining",
      "draw",
    ),
    fc.constantFrom("0.0", "0.5", "1.0", "-0.25", "1000.5", "budget.remaining_share"),
    join("double(", tie("whole"), ")"),
    between(tie("fraction"), ["+", "-", "*", "/"], tie("fraction")),
    join("-(", tie("fraction"), ")"),
  ),
  text: fc.oneof(
    { depthSize: "small" },
    textLiteral,
    fc.constantFrom(
      "caller.tenant",
      "caller.app",
      "language",
      "labels.team",
      "labels['x y']",
      "labels.toString",
    ),
    fc.constantFrom("conversation_id", "warm_prefix.target_id", "string(task)", "labels.__proto__"),
    between(tie("text"), ["+"], tie("text")),
  ),
  condition: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom("true", "false", "streaming", "json_output", "tool_required"),
    fc.constantFrom(
      "has(labels.team)",
      "has(hints.quality_floor)",
      "has(caller.app)",
      "has(warm_prefix.target_id)",
    ),
    fc.constantFrom(
      "has(hints.max_latency)",
      "has(sensitivity.kinds.email)",
      "has(hints.task)",
      "has(caller.roles)",
    ),
    fc.constantFrom(
      "('image' in modalities)",
      "modalities.exists(m, m == 'audio')",
      "caller.roles.all(r, r != 'x')",
    ),
    fc.constantFrom(
      "(hints.max_latency < duration('10s'))",
      "(task == hints.task)",
      "(hints.latency_class == 'batch')",
    ),
    fc.constantFrom(
      "labels.exists(name, labels[name] == 'x')",
      "(modalities == ['text'])",
      "(input_tokens == 5u)",
    ),
    fc.constantFrom("task.startsWith('co')", "('' + string(task) == 'chat')", "(dyn(difficulty) > 0.5)"),
    between(fc.constant("task"), ["==", "!="], taskWord),
    join("(task in [", taskWord, ", ", taskWord, "])"),
    join("(", tie("text"), " in [", textLiteral, ", ", textLiteral, "])"),
    join("(", tie("text"), fc.constantFrom(" in labels", " in caller.roles", " in sensitivity.kinds"), ")"),
    between(tie("whole"), order, tie("whole")),
    between(tie("whole"), order, tie("fraction")),
    between(tie("fraction"), order, tie("fraction")),
    between(tie("text"), order, tie("text")),
    join(tie("text"), ".", fc.constantFrom("startsWith", "endsWith", "contains"), "(", tie("text"), ")"),
    join(tie("text"), ".matches(", fc.constantFrom("'^a.*e$'", "'x+'", "''", "'(?i)CHAT'", "'ö'"), ")"),
    between(tie("condition"), ["&&", "||", "==", "!="], tie("condition")),
    between(tie("condition"), ["&&", "||"], tie("condition")),
    join("!(", tie("condition"), ")"),
    join("(", tie("condition"), " ? ", tie("condition"), " : ", tie("condition"), ")"),
  ),
})).condition;
