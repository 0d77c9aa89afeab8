import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import type { RouteResponse } from "#gen/pointsman/v1/route_service_pb.ts";

/** Somebody who answers scenarios: one target, a whole policy, or a running service as it is. */
export interface Candidate {
  /** Unique in an evaluation. */
  readonly name: string;
  readonly kind: "target" | "policy" | "service";
  /** Changes where the candidate does: results of another fingerprint are not of this candidate. */
  readonly fingerprint: string;
  /** Answers a request. */
  readonly answer: Answer;
}

/** Answers a request. @throws what the call of the service throws */
export type Answer = (input: RouteInput, signal: AbortSignal) => Promise<RouteResponse>;
