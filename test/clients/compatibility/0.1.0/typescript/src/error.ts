import { type DescMessage, enumFromJson, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import {
  type BadRequest,
  BadRequestSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  type PreconditionFailure,
  PreconditionFailureSchema,
  type QuotaFailure,
  QuotaFailureSchema,
  type ResourceInfo,
  ResourceInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from "../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { ErrorReason, ErrorReasonSchema } from "../gen/pointsman/v1/error_reason_pb.ts";

/** Why a call failed, as Pointsman itself said it. */
export interface PointsmanError {
  /** What to branch on. UNSPECIFIED where the service is newer than this client and gave a reason unknown to it. */
  readonly reason: ErrorReason;
  /** The reason as sent, such as "ERROR_REASON_POLICY_DENIED". */
  readonly reasonName: string;
  /** Facts by name, such as "decision_id" and "rule_id". */
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds to wait before a repeat makes sense. If not set, the service did not say. */
  readonly retryAfterMs: number | undefined;
  readonly badRequest: BadRequest | undefined;
  readonly preconditionFailure: PreconditionFailure | undefined;
  readonly quotaFailure: QuotaFailure | undefined;
  readonly resourceInfo: ResourceInfo | undefined;
}

/**
 * Reads what Pointsman says about a failed call out of an error of Connect or of `@grpc/grpc-js`. Undefined where the
 * error is not Pointsman's: a connection that broke, or a deadline that passed on this side.
 */
export function pointsmanError(error: unknown): PointsmanError | undefined {
  const find = detailsOf(error);
  const info = find(ErrorInfoSchema).find((detail: ErrorInfo) => detail.domain === "pointsman");
  if (info === undefined) return undefined;
  return {
    reason: reasonOf(info.reason),
    reasonName: info.reason,
    metadata: info.metadata,
    retryAfterMs: milliseconds(find(RetryInfoSchema)[0]),
    badRequest: find(BadRequestSchema)[0],
    preconditionFailure: find(PreconditionFailureSchema)[0],
    quotaFailure: find(QuotaFailureSchema)[0],
    resourceInfo: find(ResourceInfoSchema)[0],
  };
}

function reasonOf(name: string): ErrorReason {
  const known = ErrorReasonSchema.values.some((value) => value.name === name);
  return known ? enumFromJson(ErrorReasonSchema, name) : ErrorReason.UNSPECIFIED;
}

function milliseconds(retry: RetryInfo | undefined): number | undefined {
  const delay = retry?.retryDelay;
  return delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
}

type Find = <Desc extends DescMessage>(schema: Desc) => MessageShape<Desc>[];

function detailsOf(error: unknown): Find {
  if (error instanceof ConnectError) return (schema) => error.findDetails(schema);
  const bytes = statusDetails(error);
  if (bytes === undefined) return () => [];
  const details = fromBinary(StatusSchema, bytes).details;
  return (schema) =>
    details
      .filter((detail) => detail.typeUrl.endsWith(`/${schema.typeName}`))
      .map((detail) => fromBinary(schema, detail.value));
}

/** grpc-js leaves the details in the trailers, undecoded. */
function statusDetails(error: unknown): Uint8Array | undefined {
  if (typeof error !== "object" || error === null || !("metadata" in error)) return undefined;
  const metadata = error.metadata;
  if (typeof metadata !== "object" || metadata === null || !("get" in metadata)) return undefined;
  if (typeof metadata.get !== "function") return undefined;
  const values: unknown = metadata.get("grpc-status-details-bin");
  const value: unknown = Array.isArray(values) ? values[0] : undefined;
  return value instanceof Uint8Array ? value : undefined;
}
