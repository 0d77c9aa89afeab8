import type { Attempt } from "#gen/pointsman/v1/attempt_pb.ts";
import type { Completion } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import type { StreamRouteResponse } from "#gen/pointsman/v1/stream_service_pb.ts";
import type { Admission } from "../admission/admission.ts";
import type { AnswerCache } from "../cache/answer-cache.ts";
import type { Classifier } from "../classify/classifier.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Clock } from "../lib/clock.ts";
import type { MakeId } from "../lib/ids.ts";
import type { ScorecardStore } from "../scorecard/scorecard.ts";
import type { Breakers } from "./breaker.ts";
import type { ConcurrencyLimit } from "./concurrency.ts";
import type { Documents } from "./documents.ts";
import type { Guard } from "./guard.ts";
import type { RequestFlights } from "./request-flights.ts";
import type { Shadows } from "./shadow.ts";
import type { WarmPrefixes } from "./warm-prefixes.ts";
import type { WorldKeeper } from "./world.ts";

/** A passage of a document. */
export interface Passage {
  readonly title: string;
  readonly text: string;
  /** Where it is from, for citing. */
  readonly source: string;
}

/** What the engine tells those who log and measure. The engine itself does neither. */
export interface Announcements {
  decided(decision: Decision): void;
  attempted(decision: Decision, attempt: Attempt): void;
  finished(decision: Decision, completion: Completion): void;
}

/** All that the engine is built from. */
export interface EngineParts {
  readonly clock: Clock;
  readonly makeId: MakeId;
  /** A number in 0 to 1, for the jitter of waits. */
  readonly random: () => number;
  readonly worlds: WorldKeeper;
  readonly classifier: Classifier;
  readonly scorecard: ScorecardStore;
  readonly breakers: Breakers;
  readonly places: (targetId: string) => ConcurrencyLimit;
  readonly hedges: { earn(targetId: string, share: number): void; take(targetId: string): boolean };
  readonly warmPrefixes: WarmPrefixes;
  readonly flights: RequestFlights;
  readonly shadows: Shadows;
  readonly ledger: Ledger;
  readonly documents: Documents;
  readonly admission: Admission;
  readonly guard: Guard;
  readonly cache: AnswerCache;
  /** The best passages of a collection for a query, best first. */
  readonly search: (collection: string, query: string, k: number, signal: AbortSignal) => Promise<Passage[]>;
  readonly announce: Announcements;
}

/** One request, parsed and admitted by the door. */
export interface RouteCall {
  /** Empty where the caller gave none. */
  readonly requestId: string;
  readonly input: RouteInput;
  readonly caller: Caller;
  readonly streaming: boolean;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  /** Milliseconds until the caller's deadline; undefined where it set none. */
  readonly timeoutMs: number | undefined;
}

/** One event of an answer, as the contract spells it. */
export type RouteEvent = Exclude<StreamRouteResponse["event"], { case: undefined }>;
