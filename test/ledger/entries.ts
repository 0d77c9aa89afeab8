import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  AttemptErrorReason,
  AttemptErrorSchema,
  AttemptSchema,
  AttemptState,
} from "#gen/pointsman/v1/attempt_pb.ts";
import { CompletionSchema, CompletionState, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { AttemptedSchema, DecidedSchema, FinishedSchema, OutcomeSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import type { NewEntry } from "../../src/ledger/ledger.ts";
import { toDuration } from "../../src/lib/durations.ts";

/** What a made-up request is about. */
export interface MadeUp {
  readonly id: string;
  readonly tenant?: string;
  readonly task?: Task;
  readonly app?: string;
  readonly requestId?: string;
  readonly targetId?: string;
  readonly costMicros?: number;
  readonly latencyMs?: number;
  readonly rules?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly time?: number;
  readonly content?: NewEntry["content"];
}

/** The entry `decided` of a made-up request. */
export function decided(request: MadeUp): NewEntry {
  const {
    id,
    tenant = "acme",
    task = Task.CHAT,
    app = "",
    requestId = "",
    rules = [],
    time = 1_000,
  } = request;
  const decision = create(DecisionSchema, {
    id,
    createTime: timestampFromMs(time),
    requestId,
    policyRevision: "p1",
    facts: { caller: { tenant, app, user: "ann" }, task, labels: { z: "1", a: "2" } },
    matches: rules.map((ruleId) => ({ ruleId, effects: ["prefer"] })),
    candidates: [{ targetId: "small", value: 0.01, successProbability: 0.9 }],
  });
  const contentId = request.content?.id ?? "";
  const value = create(DecidedSchema, { decision, inputDigest: new Uint8Array(32).fill(7), contentId });
  return { decisionId: id, tenant, event: { case: "decided", value }, content: request.content };
}

/** An attempt of a made-up request that timed out. */
export function timedOut({ id, tenant = "acme", costMicros = 5 }: MadeUp): NewEntry {
  const error = create(AttemptErrorSchema, { reason: AttemptErrorReason.TIMEOUT });
  const attempt = create(AttemptSchema, { targetId: "big", state: AttemptState.FAILED, error, costMicros });
  return {
    decisionId: id,
    tenant,
    event: { case: "attempted", value: create(AttemptedSchema, { attempt }) },
  };
}

/** The entry `finished` of a made-up request. */
export function finished(request: MadeUp, state: CompletionState = CompletionState.COMPLETED): NewEntry {
  const { id, tenant = "acme", targetId = "small", costMicros = 10, latencyMs = 100 } = request;
  const completion = create(CompletionSchema, {
    state,
    targetId,
    costMicros,
    latency: toDuration(latencyMs),
    usage: create(UsageSchema, { inputTokens: 3, outputTokens: 4 }),
  });
  const contentId = request.content?.id ?? "";
  const value = create(FinishedSchema, { completion, contentId });
  return { decisionId: id, tenant, event: { case: "finished", value }, content: request.content };
}

/** What somebody said about a made-up request. */
export function outcome(
  id: string,
  reporter: string,
  success: boolean,
  time = 2_000,
  tenant = "acme",
): NewEntry {
  const value = create(OutcomeSchema, {
    decisionId: id,
    reporter,
    success,
    createTime: timestampFromMs(time),
  });
  return { decisionId: id, tenant, event: { case: "outcome", value } };
}
