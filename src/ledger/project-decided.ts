import {
  DecisionSchema,
  ExperimentAssignmentSchema,
  PlanSchema,
  RuleMatchSchema,
} from "#gen/pointsman/v1/decision_pb.ts";
import { DecidedSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { CallerSchema, FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import type { EntryFields, ProjectedEntry } from "./projected.ts";
import type { IndexChanges } from "./projection.ts";
import { readMicros, textWithin, within } from "./wire-messages.ts";
import type { WireReader } from "./wire-reader.ts";

/** Adds a decision and the rules that applied. @returns what its client may ask for it by. */
export function projectDecided(
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

const DECIDED = DecidedSchema.field;
const DECISION = DecisionSchema.field;
const FACTS = FactsSchema.field;
const CALLER = CallerSchema.field;
const MATCH = RuleMatchSchema.field;
const EXPERIMENT = ExperimentAssignmentSchema.field;

const NO_BYTES = new Uint8Array(0);
