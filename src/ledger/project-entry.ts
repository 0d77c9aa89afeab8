import { AttemptErrorSchema, AttemptSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import {
  CacheHitSchema,
  CompletionSchema,
  CompletionState,
  UsageSchema,
} from "#gen/pointsman/v1/completion_pb.ts";
import { AttemptedSchema, EntrySchema, FinishedSchema, OutcomeSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { projectDecided } from "./project-decided.ts";
import type { EntryFields, Project, ProjectedEntry } from "./projected.ts";
import type { IndexChanges } from "./projection.ts";
import { readDurationMicros, readMicros, within } from "./wire-messages.ts";
import { WireReader } from "./wire-reader.ts";

/**
 * Adds what one stored entry changes. Reads the few fields that count out of the bytes, because making whole messages
 * of them costs several times as much. An entry is as our encoder writes it, with each field once.
 * @param writer the writer's number in the tables.
 * @throws where the bytes are no entry.
 */
export function projectEntry(
  changes: IndexChanges,
  writer: number,
  sequence: number,
  payload: Uint8Array,
): ProjectedEntry {
  const entry = new WireReader(payload);
  let time = 0;
  let decisionId = "";
  let tenant = "";
  let kind = 0;
  let event: WireReader | undefined;
  while (entry.next()) {
    const { field } = entry;
    if (field === ENTRY.createTime.number) time = readMicros(entry.message());
    else if (field === ENTRY.decisionId.number) decisionId = entry.text();
    else if (field === ENTRY.tenant.number) tenant = entry.text();
    else if (PROJECTED.has(field)) {
      kind = field;
      event = entry.message();
    } else entry.skip();
  }
  let request: ProjectedEntry["request"];
  if (decisionId !== "") {
    changes.entries.push([decisionId, writer, sequence]);
    if (event) request = PROJECTED.get(kind)?.(changes, { decisionId, tenant, writer, time }, event);
  }
  return { decisionId, tenant, request };
}

const ENTRY = EntrySchema.field;
const ATTEMPT = AttemptSchema.field;
const FINISHED = FinishedSchema.field;
const COMPLETION = CompletionSchema.field;
const USAGE = UsageSchema.field;
const OUTCOME = OutcomeSchema.field;

const PROJECTED: ReadonlyMap<number, Project> = new Map([
  [ENTRY.decided.number, projectDecided],
  [ENTRY.attempted.number, projectAttempted],
  [ENTRY.finished.number, projectFinished],
  [ENTRY.outcome.number, projectOutcome],
]);

function projectAttempted(changes: IndexChanges, { decisionId }: EntryFields, event: WireReader): undefined {
  const attempt = within(event, AttemptedSchema.field.attempt.number);
  let index = 0;
  let error: WireReader | undefined;
  while (attempt?.next()) {
    if (attempt.field === ATTEMPT.index.number) index = attempt.uint32();
    else if (attempt.field === ATTEMPT.error.number) error = attempt.message();
    else attempt.skip();
  }
  if (!error) return;
  let reason = 0;
  while (error.next()) {
    if (error.field === AttemptErrorSchema.field.reason.number) reason = error.int32();
    else error.skip();
  }
  changes.failures.push([decisionId, index, reason]);
}

function projectFinished(changes: IndexChanges, { decisionId }: EntryFields, event: WireReader): undefined {
  let state: number = CompletionState.UNSPECIFIED;
  let targetId = "";
  let costMicros = 0;
  let latency: number | null = null;
  let inputTokens = 0;
  let outputTokens = 0;
  let cacheHit = 0;
  let savedMicros = 0;

  const readUsage = (usage: WireReader): void => {
    while (usage.next()) {
      if (usage.field === USAGE.inputTokens.number) inputTokens = usage.uint32();
      else if (usage.field === USAGE.outputTokens.number) outputTokens = usage.uint32();
      else usage.skip();
    }
  };
  const readCacheHit = (hit: WireReader): void => {
    cacheHit = 1;
    while (hit.next()) {
      if (hit.field === CacheHitSchema.field.savedMicros.number) savedMicros = hit.uint32();
      else hit.skip();
    }
  };
  const completion = within(event, FINISHED.completion.number);
  while (completion?.next()) {
    const { field } = completion;
    if (field === COMPLETION.state.number) state = completion.int32();
    else if (field === COMPLETION.targetId.number) targetId = completion.text();
    else if (field === COMPLETION.usage.number) readUsage(completion.message());
    else if (field === COMPLETION.costMicros.number) costMicros = completion.uint32();
    else if (field === COMPLETION.latency.number) latency = readDurationMicros(completion.message());
    else if (field === COMPLETION.cacheHit.number) readCacheHit(completion.message());
    else completion.skip();
  }

  changes.finished.push([
    decisionId,
    state,
    targetId,
    costMicros,
    latency,
    inputTokens,
    outputTokens,
    cacheHit,
    savedMicros,
  ]);
}

function projectOutcome(
  changes: IndexChanges,
  { decisionId, time }: EntryFields,
  event: WireReader,
): undefined {
  let createTime = time;
  let reporter = "";
  let success = 0;
  while (event.next()) {
    if (event.field === OUTCOME.reporter.number) reporter = event.text();
    else if (event.field === OUTCOME.success.number) success = event.uint32();
    else if (event.field === OUTCOME.createTime.number) createTime = readMicros(event.message());
    else event.skip();
  }
  changes.outcomes.push([decisionId, reporter, createTime, success]);
}
