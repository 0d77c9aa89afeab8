import type { Message } from "@bufbuild/protobuf";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { asEngineError } from "../engine/room-errors.ts";
import type { Send } from "../lib/sending.ts";
import { toWireError, type WireError } from "./errors.ts";
import type { Binding, CallContext, HandlerContext, StreamBinding, UnaryBinding } from "./handler.ts";

/** What every call passes on its way in and out, whichever door it came through. */
export interface Dispatch {
  /** @throws WireFailure */
  unary(binding: UnaryBinding, request: Message, context: CallContext): Promise<Message>;
  /** @throws WireFailure */
  stream(binding: StreamBinding, request: Message, context: CallContext, send: Send<Message>): Promise<void>;
  /** Counts a call that was refused before it had a request to dispatch. @returns what goes on the wire. */
  refuse(binding: Binding, error: unknown): WireFailure;
  /** Refuses new calls from now on; resolves when those under way have ended. */
  drain(): Promise<void>;
  /** Calls under way. */
  readonly inFlight: number;
}

/** A failed call, ready for the wire. */
export class WireFailure extends Error {
  override readonly name = "WireFailure";
  readonly wire: WireError;

  constructor(wire: WireError, cause: unknown) {
    super(wire.message, { cause });
    this.wire = wire;
  }
}

/** What the dispatch needs. */
export interface DispatchOptions {
  /** Says who calls. @throws where the credential is not accepted. */
  identify(context: CallContext): Promise<Caller> | Caller;
  /** Calls under way at once, over which new ones are refused. */
  readonly maxInFlight: number;
  /** The same for calls that nobody waits for, so that they are refused first. */
  readonly maxInFlightBatch: number;
  /** Called once a call, when it has ended. */
  ended(call: EndedCall): void;
  /** Milliseconds, never going backwards. */
  monotonic(): number;
}

/** What can be said of a call that has ended. */
export interface EndedCall {
  /** Such as "pointsman.v1.RouteService/Route". */
  readonly method: string;
  readonly tenant: string;
  /** 0 where it was refused before it had a request. */
  readonly durationMs: number;
  readonly error: WireError | undefined;
  /** Set where the error was unforeseen. */
  readonly cause: unknown;
}

/**
 * Makes the dispatch. The order is fixed, and here is why: overload is refused before anything costs; who calls is known
 * before what is asked is looked at; the role is checked before the handler; errors are mapped last, so that
 * everything thrown on the way becomes a proper status.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  let inFlight = 0;
  let drained: (() => void) | undefined;
  let isDraining = false;
  const closing = new AbortController();

  /** Counts the call in; what it gives counts it out, once. */
  const enter = (binding: Binding, request: Message): (() => void) => {
    if (isDraining)
      throw new EngineError(ErrorReason.SHUTTING_DOWN, "The service is shutting down. Retry elsewhere.");
    // The few calls between the two bounds are asked whether somebody waits for them; all others need not be looked at.
    const full =
      inFlight >= options.maxInFlight ||
      (inFlight >= options.maxInFlightBatch && binding.canWait?.(request as never));
    if (full) {
      throw new EngineError(
        ErrorReason.OVERLOADED,
        `${inFlight} requests are under way. Retry in a moment.`,
        {
          metadata: { in_flight: String(inFlight) },
          retryAfterMs: 500,
        },
      );
    }
    inFlight++;
    return () => {
      inFlight--;
      if (isDraining && inFlight === 0) drained?.();
    };
  };
  const authorize = async (binding: Binding, context: CallContext): Promise<HandlerContext> => {
    const caller = await options.identify(context);
    if (!binding.roles.some((role) => caller.roles.includes(role))) {
      const [role] = binding.roles;
      throw new EngineError(
        ErrorReason.ROLE_MISSING,
        `This method needs the role ${binding.roles.join(" or ")}.`,
        {
          metadata: { role: role ?? "" },
        },
      );
    }
    return { ...context, caller, closing: closing.signal };
  };
  const end = (binding: Binding, caller: Caller | undefined, started: number, error?: WireFailure): void => {
    options.ended({
      method: methodName(binding),
      tenant: caller?.tenant ?? "",
      durationMs: options.monotonic() - started,
      error: error?.wire,
      cause: error?.wire.unforeseen ? error.cause : undefined,
    });
  };

  return {
    async unary(binding, request, context) {
      const started = options.monotonic();
      let caller: Caller | undefined;
      let leave: (() => void) | undefined;
      try {
        leave = enter(binding, request);
        const full = await authorize(binding, context);
        caller = full.caller;
        const response = await binding.handle(request as never, full);
        end(binding, caller, started);
        return response;
      } catch (error) {
        const failure = toFailure(error);
        end(binding, caller, started, failure);
        throw failure;
      } finally {
        leave?.();
      }
    },
    async stream(binding, request, context, send) {
      const started = options.monotonic();
      let caller: Caller | undefined;
      let failure: WireFailure | undefined;
      let leave: (() => void) | undefined;
      try {
        leave = enter(binding, request);
        const full = await authorize(binding, context);
        caller = full.caller;
        await binding.handle(request as never, full, send);
      } catch (error) {
        failure = toFailure(error);
        throw failure;
      } finally {
        end(binding, caller, started, failure);
        leave?.();
      }
    },
    refuse(binding, error) {
      const failure = toFailure(error);
      const { wire } = failure;
      options.ended({
        method: methodName(binding),
        tenant: "",
        durationMs: 0,
        // What a parser says may repeat the caller's data, which belongs into no log.
        error: { ...wire, message: "the request could not be read" },
        cause: wire.unforeseen ? error : undefined,
      });
      return failure;
    },
    drain() {
      isDraining = true;
      closing.abort();
      if (inFlight === 0) return Promise.resolve();
      return new Promise((resolve) => {
        drained = resolve;
      });
    },
    get inFlight() {
      return inFlight;
    },
  };
}

/** The method's name as it stands in a gRPC path. */
export function methodName({ method }: Binding): string {
  return `${method.parent.typeName}/${method.name}`;
}

function toFailure(error: unknown): WireFailure {
  if (error instanceof WireFailure) return error;
  const known = asEngineError(error);
  return new WireFailure(toWireError(known), error);
}
