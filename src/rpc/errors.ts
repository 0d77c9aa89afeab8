import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "#gen/google/rpc/error_details_pb.ts";
import { ErrorReason, ErrorReasonSchema } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { toDuration } from "../lib/durations.ts";
import { Code } from "./code.ts";

/** What a door puts on the wire for a failed call. */
export interface WireError {
  readonly code: Code;
  readonly message: string;
  /** google.rpc error details: always an ErrorInfo, others by kind. */
  readonly details: readonly Any[];
  /** Whether the cause belongs into the log: the caller sees only a fixed sentence. */
  readonly unforeseen: boolean;
}

/** The one table of reason to code. A test holds it against the contract and the documentation. */
export const CODE_OF_REASON: ReadonlyMap<ErrorReason, Code> = new Map<ErrorReason, Code>([
  [ErrorReason.INVALID_REQUEST, Code.INVALID_ARGUMENT],
  [ErrorReason.POLICY_DENIED, Code.PERMISSION_DENIED],
  [ErrorReason.NO_ELIGIBLE_TARGET, Code.FAILED_PRECONDITION],
  [ErrorReason.TARGETS_UNAVAILABLE, Code.UNAVAILABLE],
  [ErrorReason.ATTEMPTS_EXHAUSTED, Code.UNAVAILABLE],
  [ErrorReason.BUDGET_EXHAUSTED, Code.RESOURCE_EXHAUSTED],
  [ErrorReason.RATE_LIMITED, Code.RESOURCE_EXHAUSTED],
  [ErrorReason.STREAM_INTERRUPTED, Code.UNAVAILABLE],
  [ErrorReason.DEADLINE, Code.DEADLINE_EXCEEDED],
  [ErrorReason.RECORD_NOT_FOUND, Code.NOT_FOUND],
  [ErrorReason.INVALID_CURSOR, Code.INVALID_ARGUMENT],
  [ErrorReason.CURSOR_EXPIRED, Code.OUT_OF_RANGE],
  [ErrorReason.AUDIT_UNAVAILABLE, Code.UNAVAILABLE],
  [ErrorReason.UNAUTHENTICATED, Code.UNAUTHENTICATED],
  [ErrorReason.ROLE_MISSING, Code.PERMISSION_DENIED],
  [ErrorReason.REQUEST_ID_REUSED, Code.FAILED_PRECONDITION],
  [ErrorReason.ALREADY_ANSWERED, Code.ALREADY_EXISTS],
  [ErrorReason.OVERLOADED, Code.RESOURCE_EXHAUSTED],
  [ErrorReason.PRIVACY_BLOCKED, Code.FAILED_PRECONDITION],
  [ErrorReason.SLOW_CONSUMER, Code.RESOURCE_EXHAUSTED],
  [ErrorReason.CANCELLED, Code.CANCELLED],
  [ErrorReason.SHUTTING_DOWN, Code.UNAVAILABLE],
  [ErrorReason.PROVIDER_REJECTED, Code.INVALID_ARGUMENT],
  [ErrorReason.INTERNAL, Code.INTERNAL],
  [ErrorReason.LIMITS_UNAVAILABLE, Code.UNAVAILABLE],
]);

/** Turns anything that was thrown into what goes on the wire; what is not ours becomes a fixed sentence. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof EngineError)) return unforeseen();
  const code = CODE_OF_REASON.get(error.reason);
  if (code === undefined || error.reason === ErrorReason.INTERNAL) return unforeseen();
  return { code, message: error.message, details: detailsOf(error), unforeseen: false };
}

function unforeseen(): WireError {
  const details = [errorInfo(ErrorReason.INTERNAL, {})];
  return { code: Code.INTERNAL, message: "internal error", details, unforeseen: true };
}

function detailsOf(error: EngineError): Any[] {
  const { metadata, fields, retryAfterMs, quotas, resource } = error.details;
  const details = [errorInfo(error.reason, metadata ?? {})];
  if (fields && fields.length > 0) details.push(pack(BadRequestSchema, { fieldViolations: [...fields] }));
  if (retryAfterMs !== undefined)
    details.push(pack(RetryInfoSchema, { retryDelay: toDuration(retryAfterMs) }));
  if (quotas && quotas.length > 0) details.push(pack(QuotaFailureSchema, { violations: [...quotas] }));
  if (resource)
    details.push(
      pack(ResourceInfoSchema, {
        resourceType: resource.type,
        resourceName: resource.name,
        description: error.message,
      }),
    );
  if (error.reason === ErrorReason.NO_ELIGIBLE_TARGET) {
    const violation = { type: "TARGET", subject: "targets", description: error.message };
    details.push(pack(PreconditionFailureSchema, { violations: [violation] }));
  }
  return details;
}

function errorInfo(reason: ErrorReason, metadata: Readonly<Record<string, string>>): Any {
  const name = ErrorReasonSchema.value[reason]?.name ?? "";
  return pack(ErrorInfoSchema, { reason: name, domain: "pointsman", metadata: { ...metadata } });
}

function pack<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Any {
  const value = toBinary(schema, create(schema, init));
  return create(AnySchema, { typeUrl: `type.googleapis.com/${schema.typeName}`, value });
}
