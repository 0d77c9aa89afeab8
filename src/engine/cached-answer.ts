import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { AnswerOutcome } from "./completions.ts";
import type { EngineParts, RouteCall } from "./engine-parts.ts";
import type { Protected } from "./guard.ts";

/** An answer's place in the cache, for a request that policy allows to be answered from it. */
export interface CachedAnswer {
  /** An earlier answer, with this caller's own values put back; undefined where there is none. */
  readonly hit: AnswerOutcome | undefined;
  /** Keeps an answer for later requests, and gives it to those that wait for it. */
  keep(outcome: AnswerOutcome): void;
  /** Lets those that wait try themselves, where nothing was kept. */
  close(): void;
}

/** Looks for an earlier answer; undefined where policy allows no cache. */
export async function openCachedAnswer(
  _parts: EngineParts,
  _call: RouteCall,
  _decision: Decision,
  _guarded: Protected,
  _signal: AbortSignal,
): Promise<CachedAnswer | undefined> {
  return undefined;
}
