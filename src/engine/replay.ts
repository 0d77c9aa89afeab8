import { create, toBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type ReplayRecordsRequest,
  type ReplayRecordsResponse,
  ReplayRecordsResponse_DifferenceSchema,
  ReplayRecordsResponse_ProgressSchema,
  ReplayRecordsResponse_SummarySchema,
  ReplayRecordsResponseSchema,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import { type Decision, DecisionSchema, Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import type { Scorecard } from "#gen/pointsman/v1/scorecard_pb.ts";
import type { Scope, StoredDecision } from "../ledger/ledger.ts";
import { compilePolicy } from "../policy/compile-policy.ts";
import type { CompiledPolicy } from "../policy/evaluation.ts";
import type { Catalogue } from "./catalogue.ts";
import { decide } from "./decide.ts";
import type { Documents } from "./documents.ts";
import type { EngineParts } from "./engine-parts.ts";
import { compileCandidate } from "./simulate.ts";

/** Records replayed where a request does not say how many. */
const DEFAULT_LIMIT = 10_000;
/** Records between two progress messages. */
const PROGRESS_EVERY = 200;

/** What a decision was made under. */
interface Setting {
  readonly policy: CompiledPolicy;
  readonly catalogue: Catalogue;
  readonly scorecard: Scorecard;
}

/**
 * Decides recorded facts again, with the targets and the scorecard of their time: under the recorded policy, which must
 * give the same decision byte for byte, or under a candidate.
 */
export async function* replayRecords(
  parts: EngineParts,
  documents: Documents,
  request: ReplayRecordsRequest,
  scope: Scope,
  signal: AbortSignal,
): AsyncGenerator<ReplayRecordsResponse, void, undefined> {
  const summary = create(ReplayRecordsResponse_SummarySchema);
  let candidate: CompiledPolicy | undefined;
  if (request.candidate.case !== undefined) {
    const compilation = compileCandidate(request, parts.worlds.current);
    summary.issues = [...compilation.issues];
    candidate = compilation.policy;
    if (!candidate) return yield respond("summary", summary);
  }
  const settings = createSettings(parts, documents);
  const limit = request.limit || DEFAULT_LIMIT;
  const sums = { was: 0, would: 0, wasProbability: 0, wouldProbability: 0 };
  for await (const stored of parts.ledger.reader.readDecisions(request.filter, limit, scope, signal)) {
    const setting = await settings.find(stored.decision);
    if (!setting) {
      summary.skippedCount++;
      continue;
    }
    const was = stored.decision;
    const would = decideAgain(was, setting, candidate);
    summary.recordCount++;
    sums.was += was.candidates[0]?.costTerm ?? 0;
    sums.would += would.candidates[0]?.costTerm ?? 0;
    sums.wasProbability += was.candidates[0]?.successProbability ?? 0;
    sums.wouldProbability += would.candidates[0]?.successProbability ?? 0;
    const difference = candidate ? differenceInChoice(was, would) : differenceInBytes(stored, would);
    if (difference === undefined) summary.sameCount++;
    else yield respond("difference", describe(was, would, difference));
    if (summary.recordCount % PROGRESS_EVERY === 0) {
      const progress = { doneCount: summary.recordCount, totalCount: limit };
      yield respond("progress", create(ReplayRecordsResponse_ProgressSchema, progress));
    }
  }
  summary.wasCost = sums.was;
  summary.wouldCost = sums.would;
  summary.wasSuccessProbability = sums.wasProbability / Math.max(1, summary.recordCount);
  summary.wouldSuccessProbability = sums.wouldProbability / Math.max(1, summary.recordCount);
  yield respond("summary", summary);
}

function decideAgain(was: Decision, setting: Setting, candidate: CompiledPolicy | undefined): Decision {
  const { facts, createTime, id, requestId } = was;
  if (!facts || !createTime) return create(DecisionSchema);
  const stamp = { id, createTime: timestampMs(createTime), requestId };
  return decide(facts, candidate ?? setting.policy, setting.catalogue, setting.scorecard, stamp);
}

function differenceInBytes({ decisionBytes }: StoredDecision, again: Decision): string | undefined {
  const same = Buffer.compare(toBinary(DecisionSchema, again), decisionBytes) === 0;
  return same ? undefined : "the same policy, targets and scorecard do not give the same decision";
}

/** Verdict and order are what a candidate may change. */
function differenceInChoice(was: Decision, would: Decision): string | undefined {
  if (was.verdict !== would.verdict) return `${verdictWord(was)} would be ${verdictWord(would)}`;
  const order = ({ candidates }: Decision): string => candidates.map(({ targetId }) => targetId).join(", ");
  return order(was) === order(would) ? undefined : `the order ${order(was)} would be ${order(would)}`;
}

function verdictWord({ verdict }: Decision): string {
  return Object.entries(Verdict).find(([, value]) => value === verdict)?.[0] ?? "UNKNOWN";
}

function describe(was: Decision, would: Decision, message: string): ReplayRecordsResponse["event"]["value"] {
  return create(ReplayRecordsResponse_DifferenceSchema, {
    decisionId: was.id,
    wasTargetId: was.candidates[0]?.targetId ?? "",
    wouldTargetId: would.candidates[0]?.targetId ?? "",
    wasCost: was.candidates[0]?.costTerm ?? 0,
    wouldCost: would.candidates[0]?.costTerm ?? 0,
    wasSuccessProbability: was.candidates[0]?.successProbability ?? 0,
    wouldSuccessProbability: would.candidates[0]?.successProbability ?? 0,
    message,
  });
}

function respond(kind: "difference" | "progress" | "summary", value: unknown): ReplayRecordsResponse {
  return create(ReplayRecordsResponseSchema, {
    event: { case: kind, value } as ReplayRecordsResponse["event"],
  });
}

/** Finds what decisions were made under; neighbours usually share it. */
function createSettings(
  parts: EngineParts,
  documents: Documents,
): { find(decision: Decision): Promise<Setting | undefined> } {
  const policies = new Map<string, Promise<CompiledPolicy | undefined>>();
  const catalogues = new Map<string, Promise<Catalogue | undefined>>();
  let last: { revision: string; scorecard: Scorecard | undefined } | undefined;
  return {
    async find({ policyRevision, configRevision, scorecardRevision }) {
      const catalogue = await remember(catalogues, configRevision, () =>
        documents.readCatalogue(configRevision),
      );
      if (!catalogue) return undefined;
      const policy = await remember(policies, `${policyRevision} ${configRevision}`, async () => {
        const message = await documents.readPolicy(policyRevision);
        const policyWorld = { ...parts.worlds.current.policyWorld, targets: catalogue.targets };
        return message && compilePolicy(message, policyWorld).policy;
      });
      if (last?.revision !== scorecardRevision) {
        last = { revision: scorecardRevision, scorecard: await documents.readScorecard(scorecardRevision) };
      }
      return policy && last.scorecard ? { policy, catalogue, scorecard: last.scorecard } : undefined;
    },
  };
}

function remember<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  find: () => Promise<Value>,
): Promise<Value> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}
