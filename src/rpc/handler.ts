import type { DescMethod, MessageShape } from "@bufbuild/protobuf";
import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type { Send } from "../lib/sending.ts";

/** What a door knows of a call before anybody has looked at it. */
export interface CallContext {
  /** A request header by its lower-case name. */
  header(name: string): string | undefined;
  /** The peer's address without port; empty where the transport does not know it. */
  readonly peerAddress: string;
  /** The verified client certificate's subject and names; undefined without mutual TLS. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Aborts when the caller goes away or its deadline passes. */
  readonly signal: AbortSignal;
  /** Milliseconds until the caller's deadline; undefined where it set none. */
  readonly timeoutMs: number | undefined;
}

/** What a verified client certificate says. */
export interface PeerCertificate {
  readonly subject: string;
  readonly subjectAltNames: readonly string[];
}

/** What a handler knows of a call. */
export interface HandlerContext extends CallContext {
  readonly caller: Caller;
  /** Aborts when the service begins to shut down: what would never end by itself ends then. */
  readonly closing: AbortSignal;
}

/** A role that a method needs. */
export type Role = "caller" | "auditor" | "operator";

type CanWait<Method extends DescMethod> = (request: MessageShape<Method["input"]>) => boolean;

/** A method of one request and one response, bound to what serves it. */
export interface UnaryBinding<Method extends DescMethod = DescMethod> {
  readonly kind: "unary";
  readonly method: Method;
  /** The caller must have one of these. */
  readonly roles: readonly Role[];
  /** Whether nobody waits for the answer, so that overload refuses it before others. If not set, somebody does. */
  readonly canWait?: CanWait<Method> | undefined;
  handle(
    request: MessageShape<Method["input"]>,
    context: HandlerContext,
  ): Promise<MessageShape<Method["output"]>>;
}

/** A method of one request and many responses, bound to what serves it. */
export interface StreamBinding<Method extends DescMethod = DescMethod> {
  readonly kind: "server_streaming";
  readonly method: Method;
  /** The caller must have one of these. */
  readonly roles: readonly Role[];
  /** Whether nobody waits for the answer, so that overload refuses it before others. If not set, somebody does. */
  readonly canWait?: CanWait<Method> | undefined;
  /** Sends the responses; resolves at the end of them. */
  handle(
    request: MessageShape<Method["input"]>,
    context: HandlerContext,
    send: Send<MessageShape<Method["output"]>>,
  ): Promise<void>;
}

/** A method bound to what serves it; the same for every door. */
export type Binding = UnaryBinding | StreamBinding;

/** Binds a unary method, so that request and response have their own types. */
export function unary<Method extends DescMethod>(
  method: Method,
  roles: readonly Role[],
  handle: UnaryBinding<Method>["handle"],
  canWait?: CanWait<Method>,
): Binding {
  return { kind: "unary", method, roles, handle, canWait } as unknown as UnaryBinding;
}

/** Binds a streaming method, so that request and responses have their own types. */
export function serverStreaming<Method extends DescMethod>(
  method: Method,
  roles: readonly Role[],
  handle: StreamBinding<Method>["handle"],
  canWait?: CanWait<Method>,
): Binding {
  return { kind: "server_streaming", method, roles, handle, canWait } as unknown as StreamBinding;
}
