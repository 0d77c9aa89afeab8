import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { RouteCall } from "./engine-parts.ts";
import { EngineError } from "./errors.ts";
import type { Guard } from "./guard.ts";

/**
 * Refuses a request whose own ids hold a secret, a mailbox or an account: they are recorded as they are, whatever policy
 * says of the content, so nothing of such a request may be stored.
 * @throws EngineError INVALID_REQUEST.
 */
export function refusePrivateIds(guard: Guard, { requestId, input }: RouteCall): void {
  const ids = [
    ["request_id", requestId],
    ["input.conversation_id", input.conversationId],
  ] as const;
  for (const [field, id] of ids) {
    const kinds = guard.privateKindsInId(id);
    if (kinds.length === 0) continue;
    const description = `must be opaque, and holds ${kinds.join(", ")}`;
    throw new EngineError(ErrorReason.INVALID_REQUEST, `${field} ${description}.`, {
      fields: [{ field, description }],
    });
  }
}
