import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { Code } from "./code.ts";
import { WireFailure } from "./dispatch.ts";
import { toWireError } from "./errors.ts";

/** The failure of a request that is larger than `most` bytes: the code is the one that gRPC has for it; the reason says that to try again would not help. */
export function tooLarge(most: number): WireFailure {
  const message = `The request is larger than ${most} bytes.`;
  const error = new EngineError(ErrorReason.INVALID_REQUEST, message, {
    metadata: { max_message_bytes: String(most) },
    fields: [{ field: "", description: message }],
  });
  return new WireFailure({ ...toWireError(error), code: Code.RESOURCE_EXHAUSTED }, error);
}
