import { type ServerInterceptingCall, type ServerInterceptor, status as Status } from "@grpc/grpc-js";
import { type Dispatch, methodName } from "./dispatch.ts";
import { statusOf } from "./grpc-server.ts";
import type { Binding } from "./handler.ts";
import { tooLarge } from "./too-large.ts";

type PartialStatus = Parameters<ServerInterceptingCall["sendStatus"]>[0];
type SendStatus = (this: ServerInterceptingCall, status: PartialStatus) => void;

/** How @grpc/grpc-js begins to say that a message, as it is or decompressed, is too large. */
const OVERSIZE = /^Received message (?:larger than|that decompresses to a size larger than) /;

/**
 * Gives the transport's refusal of a message over `most` bytes the reason and the details that every other error has, and
 * counts it. It never reaches a handler or an interceptor's listener; but the transport says it by the `sendStatus` of the
 * call that interceptors get, so that is put in front of its own, once a method.
 */
export function explainOversize(
  bindings: readonly Binding[],
  dispatch: Pick<Dispatch, "refuse">,
  most: number,
): ServerInterceptor {
  const byPath = new Map(
    bindings.map((binding) => [`/${methodName(binding)}`, explaining(binding, dispatch, most)]),
  );
  return ({ path }, call) => {
    const own = byPath.get(path);
    if (own) call.sendStatus = own;
    return call as ServerInterceptingCall;
  };
}

function explaining(binding: Binding, dispatch: Pick<Dispatch, "refuse">, most: number): SendStatus {
  return function sendStatus(status) {
    const { sendStatus: send } = Object.getPrototypeOf(this) as ServerInterceptingCall;
    if (status.code !== Status.RESOURCE_EXHAUSTED || !OVERSIZE.test(status.details ?? "")) {
      send.call(this, status);
      return;
    }
    // The rest of the message may be refused anew, which the transport passes over.
    this.sendStatus = send;
    send.call(this, statusOf(dispatch.refuse(binding, tooLarge(most))));
  };
}
