import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import type { ReportOutcomeRequest } from "#gen/pointsman/v1/route_service_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { validateInput } from "./validate-input.ts";
import { Violations } from "./violations.ts";

/** Gives the input of a request that needs one. @throws EngineError INVALID_REQUEST with every violated bound. */
export function requireInput(input: RouteInput | undefined): RouteInput {
  const violations = new Violations();
  validateInput(input, violations);
  violations.throwIfAny();
  if (!input) throw new EngineError(ErrorReason.INVALID_REQUEST, "input: is required");
  return input;
}

/** Checks a caller's own id of a request. @throws EngineError INVALID_REQUEST */
export function validateRequestId(requestId: string): void {
  const violations = new Violations();
  violations.check(
    /^[\x21-\x7e]{0,128}$/.test(requestId),
    "request_id",
    "must be at most 128 printable ASCII characters",
  );
  violations.throwIfAny();
}

/** Checks the facts of a simulation. @throws EngineError INVALID_REQUEST */
export function validateFacts(facts: readonly Facts[]): void {
  const violations = new Violations();
  violations.check(facts.length <= 1_000, "facts", "at most 1000 are allowed");
  violations.throwIfAny();
}

/** Checks a report of an outcome. @throws EngineError INVALID_REQUEST */
export function validateOutcome({ decisionId, reporter, score, comment }: ReportOutcomeRequest): void {
  const violations = new Violations();
  violations.check(decisionId !== "", "decision_id", "is required");
  violations.check(decisionId.length <= 128, "decision_id", "is longer than 128 characters");
  violations.check(reporter.length <= 128, "reporter", "is longer than 128 characters");
  violations.check(score === undefined || (score >= 0 && score <= 1), "score", "must be 0 to 1");
  violations.check(Buffer.byteLength(comment) <= 4_096, "comment", "is longer than 4 KiB");
  violations.throwIfAny();
}
