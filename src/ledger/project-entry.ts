import { AttemptErrorSchema, AttemptSchema } from "#gen/pointsman/v1/attempt_pb.ts";
import {
  CacheHitSchema,
  CompletionSchema,
  CompletionState,
  UsageSchema,
} from "#gen/pointsman/v1/completion_pb.ts";
import {
  DecisionSchema,
  ExperimentAssignmentSchema,
  PlanSchema,
  RuleMatchSchema,
} from "#gen/pointsman/v1/decision_pb.ts";
import {
  AttemptedSchema,
  DecidedSchema,
  EntrySchema,
  FinishedSchema,
  OutcomeSchema,
} from "#gen/pointsman/v1/entry_pb.ts";
import { CallerSchema, FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import type { IndexChanges } from "./projection.ts";
import { WireReader } from "./wire-reader.ts";

/** What is to be known of an entry besides what it changes. */
export interface ProjectedEntry {
  readonly decisionId: string;
  readonly tenant: string;
  /** What a client may ask for the decision by; undefined where the entry has no such thing. */
  readonly request: { readonly id: string; readonly inputDigest: Uint8Array } | undefined;
}

/**
 * Adds what one stored entry changes. Reads the few fields that count out of the bytes, because making whole messages
 * of them costs several times as much. An entry is as our encoder writes it, with each field once.
 * @param writer the writer's number in the tables.
 * @throws RangeError where the bytes are no entry.
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

/** What an event's rows take from its entry. */
interface EntryFields {
  readonly decisionId: string;
  readonly tenant: string;
  readonly writer: number;
  /** Microseconds since the epoch. */
  readonly time: number;
}

type Project = (
  changes: IndexChanges,
  entry: EntryFields,
  event: WireReader,
) => ProjectedEntry["request"] | undefined;

const ENTRY = EntrySchema.field;
const DECIDED = DecidedSchema.field;
const DECISION = DecisionSchema.field;
const FACTS = FactsSchema.field;
const CALLER = CallerSchema.field;
const MATCH = RuleMatchSchema.field;
const EXPERIMENT = ExperimentAssignmentSchema.field;
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

function projectDecided(
  changes: IndexChanges,
  { decisionId, tenant, writer, time }: EntryFields,
  event: WireReader,
): ProjectedEntry["request"] {
  let createTime = time;
  let requestId = "";
  let policyRevision = "";
  let app = "";
  let user = "";
  let task = 0;
  let conversationId = "";
  let experimentId = "";
  let arm = "";
  let inputDigest: Uint8Array = NO_BYTES;
  const rules: string[] = [];

  const readFacts = (facts: WireReader): void => {
    while (facts.next()) {
      if (facts.field === FACTS.caller.number) readCaller(facts.message());
      else if (facts.field === FACTS.task.number) task = facts.int32();
      else if (facts.field === FACTS.conversationId.number) conversationId = facts.text();
      else facts.skip();
    }
  };
  const readCaller = (caller: WireReader): void => {
    while (caller.next()) {
      if (caller.field === CALLER.app.number) app = caller.text();
      else if (caller.field === CALLER.user.number) user = caller.text();
      else caller.skip();
    }
  };
  const readExperiment = (experiment: WireReader): void => {
    while (experiment.next()) {
      if (experiment.field === EXPERIMENT.experimentId.number) experimentId = experiment.text();
      else if (experiment.field === EXPERIMENT.arm.number) arm = experiment.text();
      else experiment.skip();
    }
  };
  const readDecision = (decision: WireReader): void => {
    while (decision.next()) {
      const { field } = decision;
      if (field === DECISION.createTime.number) createTime = readMicros(decision.message());
      else if (field === DECISION.requestId.number) requestId = decision.text();
      else if (field === DECISION.facts.number) readFacts(decision.message());
      else if (field === DECISION.policyRevision.number) policyRevision = decision.text();
      else if (field === DECISION.matches.number) {
        const rule = textWithin(decision.message(), MATCH.ruleId.number);
        if (!rules.includes(rule)) rules.push(rule);
      } else if (field === DECISION.plan.number) {
        const experiment = within(decision.message(), PlanSchema.field.experiment.number);
        if (experiment) readExperiment(experiment);
      } else decision.skip();
    }
  };
  while (event.next()) {
    if (event.field === DECIDED.decision.number) readDecision(event.message());
    else if (event.field === DECIDED.inputDigest.number) inputDigest = event.bytes();
    else event.skip();
  }

  changes.decided.push([
    decisionId,
    writer,
    createTime,
    tenant,
    app,
    user,
    task,
    policyRevision,
    requestId,
    conversationId,
    experimentId,
    arm,
  ]);
  for (const rule of rules) changes.rules.push([rule, decisionId]);
  return requestId === "" ? undefined : { id: requestId, inputDigest };
}

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

const NO_BYTES = new Uint8Array(0);

/** The message that a field of a message holds. */
function within(message: WireReader, field: number): WireReader | undefined {
  let found: WireReader | undefined;
  while (message.next()) {
    if (message.field === field) found = message.message();
    else message.skip();
  }
  return found;
}

function textWithin(message: WireReader, field: number): string {
  let found = "";
  while (message.next()) {
    if (message.field === field) found = message.text();
    else message.skip();
  }
  return found;
}

/** A Timestamp in whole microseconds since the epoch. */
function readMicros(time: WireReader): number {
  const { seconds, nanos } = readSecondsAndNanos(time);
  return seconds * 1_000_000 + Math.floor(nanos / 1_000);
}

function readDurationMicros(duration: WireReader): number {
  const { seconds, nanos } = readSecondsAndNanos(duration);
  return Math.round((seconds * 1_000 + nanos / 1e6) * 1_000);
}

/** Timestamp and Duration have the same two fields. */
function readSecondsAndNanos(message: WireReader): { seconds: number; nanos: number } {
  let seconds = 0;
  let nanos = 0;
  while (message.next()) {
    if (message.field === 1) seconds = message.int64();
    else if (message.field === 2) nanos = message.int32();
    else message.skip();
  }
  return { seconds, nanos };
}
