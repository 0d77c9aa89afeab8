import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import { type Policy, PolicySchema } from "#gen/pointsman/v1/policy_pb.ts";
import { ListTargetsResponseSchema } from "#gen/pointsman/v1/route_service_pb.ts";
import { type Scorecard, ScorecardSchema } from "#gen/pointsman/v1/scorecard_pb.ts";
import { TargetStatusSchema } from "#gen/pointsman/v1/target_pb.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Catalogue, createCatalogue } from "./catalogue.ts";
import type { World } from "./world.ts";

/** Keeps, by revision, what decisions were made under, so that any decision can be made again. */
export interface Documents {
  /** Keeps what this decision was made under, unless it is kept already. Never rejects; a failure is tried again. */
  keep(decision: Decision, world: World, scorecard: Scorecard): void;
  readPolicy(revision: string): Promise<Policy | undefined>;
  readCatalogue(revision: string): Promise<Catalogue | undefined>;
  readScorecard(revision: string): Promise<Scorecard | undefined>;
}

/** Revisions remembered as kept; after so many, some are written once more, which changes nothing. */
const MOST_REMEMBERED = 10_000;

/** Makes the keeper over a ledger. */
export function createDocuments(ledger: Ledger): Documents {
  const kept = new Set<string>();

  const put = (kind: "policy" | "config" | "scorecard", revision: string, bytes: () => Uint8Array): void => {
    const key = `${kind}:${revision}`;
    if (kept.has(key)) return;
    if (kept.size >= MOST_REMEMBERED) kept.clear();
    kept.add(key);
    ledger.putDocument(kind, revision, bytes()).catch(() => kept.delete(key));
  };

  return {
    keep(decision, world, scorecard) {
      put("policy", decision.policyRevision, () => toBinary(PolicySchema, world.policy.policy));
      put("config", decision.configRevision, () => encodeCatalogue(world.catalogue));
      put("scorecard", decision.scorecardRevision, () => toBinary(ScorecardSchema, scorecard));
    },
    async readPolicy(revision) {
      const bytes = await ledger.reader.getDocument("policy", revision);
      return bytes && fromBinary(PolicySchema, bytes);
    },
    async readCatalogue(revision) {
      const bytes = await ledger.reader.getDocument("config", revision);
      return bytes && decodeCatalogue(bytes);
    },
    async readScorecard(revision) {
      const bytes = await ledger.reader.getDocument("scorecard", revision);
      return bytes && fromBinary(ScorecardSchema, bytes);
    },
  };
}

function encodeCatalogue({ targets }: Catalogue): Uint8Array {
  const statuses = targets.map((target) => create(TargetStatusSchema, { target }));
  return toBinary(ListTargetsResponseSchema, create(ListTargetsResponseSchema, { targets: statuses }));
}

function decodeCatalogue(bytes: Uint8Array): Catalogue {
  const { targets } = fromBinary(ListTargetsResponseSchema, bytes);
  return createCatalogue(targets.flatMap(({ target }) => (target ? [target] : [])));
}
