import type { IncomingMessage, ServerResponse } from "node:http";
import type { Message } from "@bufbuild/protobuf";
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
import { parseBefore, takeParsed } from "./parse-request.ts";
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
}

/** Serves Connect, gRPC-Web and JSON over HTTP with the same bindings as the gRPC door. */
export function createConnectDoor(
  bindings: readonly Binding[],
  dispatch: Dispatch,
  options: ConnectDoorOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  return connectNodeAdapter({
    routes: (router) => {
      addRoutes(router, bindings, dispatch);
      const parsing = router.handlers.map((handler) => parseBefore(handler, options));
      router.handlers.splice(0, router.handlers.length, ...parsing);
    },
    interceptors: [takeParsed],
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

function addRoutes(router: ConnectRouter, bindings: readonly Binding[], dispatch: Dispatch): void {
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

function contextOf(context: HandlerContext): CallContext {
  const peer = context.values.get(peerKey);
  return {
    header: (name) => context.requestHeader.get(name) ?? undefined,
    peerAddress: peer.address,
    peerCertificate: peer.certificate,
    signal: context.signal,
    timeoutMs: context.timeoutMs(),
  };
}
