import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import { toDuration, toMilliseconds } from "../lib/durations.ts";
import { projectEntry } from "./project-entry.ts";
import { type IndexChanges, micros, noChanges } from "./projection.ts";

const WRITER = 7;
const SEQUENCE = 9;

/** The same out of the whole message, as the contract's own decoder makes it. */
function projectWhole(payload: Uint8Array): { changes: IndexChanges; known: unknown } {
  const changes = noChanges();
  const { decisionId, tenant, createTime, event } = fromBinary(EntrySchema, payload);
  let request: unknown;
  const timeOf = (time: Timestamp | undefined): number => micros(time ?? createTime);
  if (decisionId !== "") {
    changes.entries.push([decisionId, WRITER, SEQUENCE]);
    if (event.case === "decided") {
      const { decision, inputDigest } = event.value;
      const caller = decision?.facts?.caller;
      const experiment = decision?.plan?.experiment;
      changes.decided.push([
        decisionId,
        WRITER,
        timeOf(decision?.createTime),
        tenant,
        caller?.app ?? "",
        caller?.user ?? "",
        decision?.facts?.task ?? 0,
        decision?.policyRevision ?? "",
        decision?.requestId ?? "",
        decision?.facts?.conversationId ?? "",
        experiment?.experimentId ?? "",
        experiment?.arm ?? "",
      ]);
      for (const rule of new Set(decision?.matches.map(({ ruleId }) => ruleId)))
        changes.rules.push([rule, decisionId]);
      if (decision?.requestId) request = { id: decision.requestId, inputDigest: [...inputDigest] };
    }
    if (event.case === "attempted" && event.value.attempt?.error)
      changes.failures.push([decisionId, event.value.attempt.index, event.value.attempt.error.reason]);
    if (event.case === "finished") {
      const { completion } = event.value;
      changes.finished.push([
        decisionId,
        completion?.state ?? CompletionState.UNSPECIFIED,
        completion?.targetId ?? "",
        completion?.costMicros ?? 0,
        completion?.latency ? Math.round(toMilliseconds(completion.latency) * 1_000) : null,
        completion?.usage?.inputTokens ?? 0,
        completion?.usage?.outputTokens ?? 0,
        completion?.cacheHit ? 1 : 0,
        completion?.cacheHit?.savedMicros ?? 0,
      ]);
    }
    if (event.case === "outcome") {
      const { reporter, createTime: time, success } = event.value;
      changes.outcomes.push([decisionId, reporter, timeOf(time), success ? 1 : 0]);
    }
  }
  return { changes, known: { decisionId, tenant, request } };
}

const text = fc.oneof(fc.constant(""), fc.string(), fc.string({ unit: "grapheme" }));
const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff_ffff }));
const number = fc.double({ noNaN: true });
const time = fc.option(fc.integer({ min: -1e12, max: 4e12 }).map(timestampFromMs), { nil: undefined });
const latency = fc.option(fc.integer({ min: 0, max: 1e9 }).map(toDuration), { nil: undefined });
const enumValue = fc.integer({ min: 0, max: 12 });
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });

const facts = fc.record({
  caller: maybe(fc.record({ tenant: text, app: text, user: text, roles: fc.array(text), keyId: text })),
  task: enumValue,
  taskConfidence: number,
  language: text,
  turnCount: count,
  modalities: fc.array(enumValue),
  jsonOutput: fc.boolean(),
  labels: fc.dictionary(fc.string(), fc.string()),
  draw: number,
  conversationId: text,
  toolRequired: fc.boolean(),
});
const plan = fc.record({
  experiment: maybe(fc.record({ experimentId: text, arm: text, ruleId: text })),
});
const decision = fc.record({
  id: text,
  createTime: time,
  requestId: text,
  verdict: enumValue,
  facts: maybe(facts),
  policyRevision: text,
  matches: fc.array(fc.record({ ruleId: text, effects: fc.array(text) }), { maxLength: 5 }),
  candidates: fc.array(
    fc.record({ targetId: text, value: number, inputTokens: count, explored: fc.boolean() }),
  ),
  plan: maybe(plan),
  message: text,
});
const completion = fc.record({
  state: enumValue,
  finishReason: enumValue,
  targetId: text,
  usage: maybe(fc.record({ inputTokens: count, outputTokens: count, estimated: fc.boolean() })),
  costMicros: count,
  latency,
  timeToFirstToken: latency,
  cacheHit: maybe(fc.record({ decisionId: text, savedMicros: count })),
  attemptCount: count,
});
const attempt = fc.record({
  index: count,
  targetId: text,
  startTime: time,
  error: maybe(fc.record({ kind: enumValue, reason: enumValue, message: text, httpStatus: count })),
  usage: maybe(fc.record({ inputTokens: count })),
  hedge: fc.boolean(),
});
const digest = fc.uint8Array({ maxLength: 40 });
const outcome = fc.record({
  decisionId: text,
  reporter: text,
  success: fc.boolean(),
  score: maybe(number),
  comment: text,
  createTime: time,
});
const named = <Case extends string, Value>(
  name: Case,
  value: fc.Arbitrary<Value>,
): fc.Arbitrary<{ case: Case; value: Value }> => value.map((made) => ({ case: name, value: made }));
const fields = fc.record({
  writerId: text,
  sequence: fc.bigInt({ min: 0n, max: 2n ** 53n }),
  createTime: time,
  decisionId: text,
  tenant: text,
  event: fc.oneof(
    named("decided", fc.record({ decision: maybe(decision), inputDigest: digest, contentId: text })),
    named("attempted", fc.record({ attempt: maybe(attempt) })),
    named("finished", fc.record({ completion: maybe(completion), outputDigest: digest })),
    named("outcome", outcome),
    named("notice", fc.record({ kind: enumValue, details: fc.dictionary(fc.string(), fc.string()) })),
    fc.constant({ case: undefined }),
  ),
  previousDigest: digest,
});
/** Entries as they are stored. */
const stored = fields.map((init) =>
  toBinary(EntrySchema, create(EntrySchema, init as MessageInitShape<typeof EntrySchema>)),
);

test("what is read out of the bytes is what the whole message says", () => {
  fc.assert(
    fc.property(stored, (payload) => {
      const changes = noChanges();
      const { request, ...known } = projectEntry(changes, WRITER, SEQUENCE, payload);
      const seen = request && { id: request.id, inputDigest: [...request.inputDigest] };
      expect({ changes, known: { ...known, request: seen } }).toEqual(projectWhole(payload));
    }),
    { numRuns: 500 },
  );
});

test("fields that a later version adds are left out", () => {
  const bytes = toBinary(EntrySchema, create(EntrySchema, { decisionId: "d", tenant: "acme" }));
  // Field 1000 as a number, as 8 bytes, as 4 and as text.
  const added = Uint8Array.of(
    ...[0xc0, 0x3e, 0x96, 1],
    ...[0xc1, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0xc5, 0x3e, 1, 2, 3, 4],
    ...[0xc2, 0x3e, 2, 0x68, 0x69],
  );
  const payload = Buffer.concat([added, bytes, added]);
  expect(projectEntry(noChanges(), WRITER, SEQUENCE, payload)).toEqual({
    decisionId: "d",
    tenant: "acme",
    request: undefined,
  });
});

test("bytes that are no entry are refused, and never read beyond", () => {
  fc.assert(
    fc.property(stored, fc.nat(), (whole, cut) => {
      const payload = whole.subarray(0, whole.length === 0 ? 0 : cut % whole.length);
      try {
        projectEntry(noChanges(), WRITER, SEQUENCE, payload);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
  const within = Uint8Array.of(0x22, 5, 0x61);
  expect(() => projectEntry(noChanges(), WRITER, SEQUENCE, within)).toThrow(RangeError);
  expect(() => projectEntry(noChanges(), WRITER, SEQUENCE, Uint8Array.of(0x80))).toThrow(RangeError);
  expect(() => projectEntry(noChanges(), WRITER, SEQUENCE, Uint8Array.of(0x23))).toThrow(RangeError);
});
