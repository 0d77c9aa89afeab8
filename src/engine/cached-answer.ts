import { create } from "@bufbuild/protobuf";
import {
  CacheHitSchema,
  type Completion,
  CompletionSchema,
  UsageSchema,
} from "#gen/pointsman/v1/completion_pb.ts";
import { type Decision, ExclusionReason } from "#gen/pointsman/v1/decision_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { LogLevel } from "#gen/pointsman/v1/policy_pb.ts";
import type { Part } from "#gen/pointsman/v1/route_input_pb.ts";
import { cacheKey } from "../cache/cache-key.ts";
import { toMilliseconds } from "../lib/durations.ts";
import type { AnswerOutcome } from "./completions.ts";
import type { EngineParts, RouteCall } from "./engine-parts.ts";
import { createAnswerFold } from "./fold.ts";
import type { Protected } from "./guard.ts";
import { partsAsOutput } from "./parts-as-output.ts";
import { answerBytes } from "./recorder.ts";

/** An answer's place in the cache, for a request that policy allows to be answered from it. */
export interface CachePlace {
  /** An earlier answer, with this caller's own values put back; undefined where there is none. */
  readonly hit: AnswerOutcome | undefined;
  /** Keeps an answer, as it was before private values were put back, and gives it to requests that wait for it. */
  keep(completion: Completion, rawParts: readonly Part[]): void;
  /** Lets those that wait try themselves, where nothing was kept. */
  close(): void;
}

/** Looks for an earlier answer; undefined where policy allows no cache. */
export async function openCachePlace(
  parts: EngineParts,
  call: RouteCall,
  decision: Decision,
  guarded: Protected,
  signal: AbortSignal,
): Promise<CachePlace | undefined> {
  const effect = decision.plan?.cache;
  if (!effect) return undefined;
  const { tenant } = call.caller;
  const { policyRevision } = decision;
  const key = cacheKey({ tenant, policyRevision, input: guarded.input, variant: variantOf(decision) });
  const reply = await parts.cache.open(tenant, key, signal);
  if (reply.kind === "hit") {
    const { completion, decisionId, costMicros } = reply.answer;
    return {
      hit: {
        ...completion,
        errorReason: ErrorReason.UNSPECIFIED,
        parts: restoreParts(completion.parts, guarded),
        totals: { usage: create(UsageSchema), costMicros: 0, attemptCount: 0 },
        firstOutputMs: undefined,
        cacheHit: create(CacheHitSchema, { decisionId, savedMicros: costMicros }),
      },
      keep: () => undefined,
      close: () => undefined,
    };
  }
  return {
    hit: undefined,
    keep(completion, rawParts) {
      // A secret is stored nowhere, and an answer without its secret would be another answer: it is not kept.
      if (holdsSecret(parts, rawParts)) return;
      reply.keep({
        decisionId: decision.id,
        completion: create(CompletionSchema, { ...completion, parts: [...rawParts] }),
        // Without secrets, unlike those of the request: they are stored beside the answer.
        labels: decision.facts?.labels ?? {},
        ttlMs: effect.ttl ? toMilliseconds(effect.ttl) : 0,
        ...(effect.maxBytes !== undefined && { maxBytes: effect.maxBytes }),
      });
    },
    close: () => reply.close(),
  };
}

function holdsSecret({ guard }: EngineParts, rawParts: readonly Part[]): boolean {
  const clean = guard.storableParts(rawParts, LogLevel.FULL);
  return Buffer.compare(answerBytes(clean), answerBytes(rawParts)) !== 0;
}

/** Answers are repeated only to requests that the same targets may serve; a resting target is one that may. */
function variantOf({ candidates, exclusions, plan }: Decision): string {
  const resting = exclusions.filter(({ reason }) => reason === ExclusionReason.BREAKER_OPEN);
  const targets = [...candidates, ...resting].map(({ targetId }) => targetId).sort();
  return JSON.stringify([targets, plan?.experiment?.arm ?? "", plan?.retrieve?.collection ?? ""]);
}

function restoreParts(parts: readonly Part[], guarded: Protected): Part[] {
  const fold = createAnswerFold();
  for (const event of partsAsOutput(parts)) for (const restored of guarded.restore(event)) fold.add(restored);
  return fold.parts();
}
