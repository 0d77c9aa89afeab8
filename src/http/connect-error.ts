import { type Code as ConnectCode, ConnectError } from "@connectrpc/connect";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";
import type { Code } from "../rpc/code.ts";
import { WireFailure } from "../rpc/dispatch.ts";
import { toWireError, type WireError } from "../rpc/errors.ts";

/** Puts anything that was thrown into Connect's words, with its details. */
export function toConnectError(error: unknown): ConnectError {
  const wire: WireError = error instanceof WireFailure ? error.wire : toWireError(error);
  const failure = new ConnectError(wire.message, wire.code as number as ConnectCode);
  // Incoming details are how Connect holds details that are already packed.
  failure.details = wire.details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ""), value }));
  return failure;
}

/** The error for a request that cannot be read at all. */
export function invalidRequest(message: string): EngineError {
  return new EngineError(ErrorReason.INVALID_REQUEST, message, {
    fields: [{ field: "", description: message }],
  });
}

/** The same where the protocols want another code: for what is a request, and is not served. */
export function unservedRequest(message: string, code: Code): WireFailure {
  const error = invalidRequest(message);
  return new WireFailure({ ...toWireError(error), code }, error);
}
