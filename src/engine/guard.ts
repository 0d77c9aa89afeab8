import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { Sensitivity } from "#gen/pointsman/v1/facts_pb.ts";
import type { LogLevel } from "#gen/pointsman/v1/policy_pb.ts";
import type { Part, RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import type { ProviderEvent } from "../provider/provider.ts";

/** What stands between a request and everything it must not reach. */
export interface Guard {
  /** Looks for personal data and secrets. */
  inspect(input: RouteInput): Inspection;
  /** A text of a caller's without the secrets in it: what is recorded or logged of it. @param name what it stands under. */
  scrub(text: string, name?: string): string;
  /** A label's value as it is recorded, and seen by policy: without secrets, and without what is surely personal. */
  scrubLabel(value: string, name: string): string;
  /** Kinds of private values in an id that a caller chose; an id is recorded as it is. */
  privateKindsInId(id: string): readonly string[];
  /** A text without secrets and personal data: a provider's sentence, which may repeat the request. */
  scrubAll(text: string): string;
  /** A request as the record may hold it at a level other than none. */
  storableInput(input: RouteInput, level: LogLevel): RouteInput;
  /** An answer as the record may hold it at a level other than none. */
  storableParts(parts: readonly Part[], level: LogLevel): Part[];
}

/** What was found in one request. */
export interface Inspection {
  readonly sensitivity: Sensitivity;
  /**
   * Does what the plan says about the findings.
   * @throws EngineError PRIVACY_BLOCKED where a kind is blocked, or critical and could not be looked for.
   */
  protect(decision: Decision): Protected;
}

/** A request that may leave, and the way back for its answer. */
export interface Protected {
  readonly input: RouteInput;
  /** Puts values back into output events, which may then be more or fewer; call it with each event in order. */
  restore(event: ProviderEvent): ProviderEvent[];
  /** Forgets held-back output: another target begins anew. */
  reset(): void;
}
