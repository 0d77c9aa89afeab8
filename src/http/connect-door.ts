import type { IncomingMessage, ServerResponse } from "node:http";
import type { Message, Registry } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { received } from "../lib/sending.ts";
import type { Dispatch } from "../rpc/dispatch.ts";
import type { Binding, CallContext } from "../rpc/handler.ts";
import { toConnectError } from "./connect-error.ts";
import { type ParseOptions, parseBefore, takeParsed } from "./parse-request.ts";
import { type Peer, peerOf } from "./peer.ts";

/** What the transport knows of the peer; Connect's own context does not carry it. */
const peerKey = createContextKey<Peer>({ address: "", certificate: undefined });

/** Limits of the door. */
export interface ConnectDoorOptions {
  readonly maxMessageBytes: number;
  /** The longest deadline that is taken, in milliseconds. */
  readonly maxTimeoutMs: number;
  readonly shutdownSignal: AbortSignal;
  /** What answers requests that are no rpc. */
  fallback(request: IncomingMessage, response: ServerResponse): void;
  readonly extension?: ConnectExtension | undefined;
}

/** For a test that serves a contract of its own through this door. */
export interface ConnectExtension {
  /** Tells handlers more of a call, such as how to answer with headers, which nothing of Pointsman's does. */
  extend(call: CallContext, context: HandlerContext): CallContext;
  /** Knows the messages that others hold as Any; Pointsman's hold none. */
  readonly registry: Registry;
}

/** Serves Connect, gRPC-Web and JSON over HTTP with the same bindings as the gRPC door. */
export function createConnectDoor(
  bindings: readonly Binding[],
  dispatch: Dispatch,
  options: ConnectDoorOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { extension } = options;
  const format = extension && { jsonOptions: { registry: extension.registry } };
  return connectNodeAdapter({
    routes: (router) => {
      addRoutes(router, bindings, dispatch, extension);
      const byMethod = new Map(bindings.map((binding) => [binding.method, binding]));
      // Every handler was made of a binding.
      const refuse: ParseOptions["refuse"] = (method, error) => dispatch.refuse(byMethod.get(method)!, error);
      const parsing = router.handlers.map((handler) =>
        parseBefore(handler, { ...options, ...format, refuse }),
      );
      router.handlers.splice(0, router.handlers.length, ...parsing);
    },
    interceptors: [takeParsed],
    ...format,
    // gRPC proper needs HTTP/2 and has a door of its own.
    grpc: false,
    // Compressing a short answer takes longer than sending it.
    compressMinBytes: 64 * 1024,
    readMaxBytes: options.maxMessageBytes,
    writeMaxBytes: 64 * 1024 * 1024,
    maxTimeoutMs: options.maxTimeoutMs,
    shutdownSignal: options.shutdownSignal,
    fallback: (request, response) => options.fallback(request as IncomingMessage, response as ServerResponse),
    contextValues: (request) => createContextValues().set(peerKey, peerOf(request as IncomingMessage)),
  });
}

function addRoutes(
  router: ConnectRouter,
  bindings: readonly Binding[],
  dispatch: Dispatch,
  extension: ConnectExtension | undefined,
): void {
  const contextOf = (context: HandlerContext): CallContext => {
    const call = callOf(context);
    return extension ? extension.extend(call, context) : call;
  };
  for (const binding of bindings) {
    if (binding.kind === "unary") {
      router.rpc(
        binding.method as never,
        (async (request: Message, context: HandlerContext) => {
          try {
            return await dispatch.unary(binding, request, contextOf(context));
          } catch (error) {
            throw toConnectError(error);
          }
        }) as never,
      );
    } else {
      router.rpc(
        binding.method as never,
        async function* (request: Message, context: HandlerContext) {
          try {
            const full = contextOf(context);
            yield* received<Message>(
              (send, signal) => dispatch.stream(binding, request, { ...full, signal }, send),
              full.signal,
            );
          } catch (error) {
            throw toConnectError(error);
          }
        } as never,
      );
    }
  }
}

function callOf(context: HandlerContext): CallContext {
  const peer = context.values.get(peerKey);
  return {
    header: (name) => context.requestHeader.get(name) ?? undefined,
    peerAddress: peer.address,
    peerCertificate: peer.certificate,
    signal: context.signal,
    timeoutMs: context.timeoutMs(),
  };
}
