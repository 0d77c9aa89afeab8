import type { AddressInfo } from "node:net";
import { createRegistry } from "@bufbuild/protobuf";
import { type Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { UniversalHandler, UniversalHandlerFn } from "@connectrpc/connect/protocol";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createHttpServer } from "../../src/http/http-server.ts";
import { parseBefore, takeParsed } from "../../src/http/parse-request.ts";
import { answerStream, answerUnary, type Hooks, WantedError } from "./answers.ts";
import type { ServerCompatRequest } from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";
import {
  ConformanceService,
  file_connectrpc_conformance_v1_service,
  type Header,
  IdempotentUnaryRequestSchema,
  UnaryRequestSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/**
 * Serves the suite's service by Pointsman's own HTTP server and parser, and by connect-node with the options of its door.
 * The door's handlers send no headers and trailers of their own, which the suite wants, so it is not in between here.
 * @returns the port.
 */
export async function openHttpDoor(request: ServerCompatRequest): Promise<number> {
  // Its messages hold others as Any, which JSON needs to know; Pointsman's do not.
  const jsonOptions = { registry: createRegistry(file_connectrpc_conformance_v1_service) };
  const maxMessageBytes = request.messageReceiveLimit || 16 * 1024 * 1024;
  const handle = connectNodeAdapter({
    routes: (router) => {
      router.service(ConformanceService, {
        unary: async (message, context) => ({
          payload: await wanted(answerUnary(UnaryRequestSchema, message, hooksOf(context))),
        }),
        idempotentUnary: async (message, context) => ({
          payload: await wanted(answerUnary(IdempotentUnaryRequestSchema, message, hooksOf(context))),
        }),
        async *serverStream(message, context) {
          try {
            for await (const payload of answerStream(message, hooksOf(context))) yield { payload };
          } catch (error) {
            throw asConnectError(error);
          }
        },
      });
      const options = { maxMessageBytes, maxTimeoutMs: 3_600_000, jsonOptions };
      const parsing = router.handlers.map((handler) => withoutDetails(handler, options));
      router.handlers.splice(0, router.handlers.length, ...parsing);
    },
    interceptors: [takeParsed],
    grpc: false,
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: 64 * 1024 * 1024,
    maxTimeoutMs: 3_600_000,
    jsonOptions,
  });
  const { useTls, serverCreds, clientTlsCert } = request;
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  const server = createHttpServer({
    handle,
    corsOrigins: [],
    tls:
      useTls && serverCreds
        ? {
            cert: text(serverCreds.cert),
            key: text(serverCreds.key),
            clientCa: clientTlsCert.length > 0 ? text(clientTlsCert) : undefined,
            requireClientCert: clientTlsCert.length > 0,
          }
        : undefined,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/**
 * The door's parser, without what it adds to the protocols' own errors: the suite wants these bare. That they carry a reason
 * is tested where malformed requests are.
 */
function withoutDetails(
  handler: UniversalHandler,
  options: Parameters<typeof parseBefore>[1],
): UniversalHandler {
  async function* bare(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      if (error instanceof ConnectError) error.details = [];
      throw error;
    }
  }
  const inner: UniversalHandlerFn = (request) =>
    handler({ ...request, body: bare(request.body as AsyncIterable<Uint8Array>) });
  const parsing = parseBefore(Object.assign(inner, handler), options);
  const outer: UniversalHandlerFn = async (request) => {
    const response = await parsing(request);
    return response.status === 415 || response.status === 405 ? { status: response.status } : response;
  };
  return Object.assign(outer, handler);
}

function hooksOf(context: HandlerContext): Hooks {
  const append = (to: Headers, headers: readonly Header[]): void => {
    for (const { name, value } of headers) for (const item of value) to.append(name, item);
  };
  return {
    requestHeaders: () => context.requestHeader.entries(),
    timeoutMs: context.timeoutMs(),
    query: context.requestMethod === "GET" ? new URL(context.url).searchParams : undefined,
    sendHeaders: (headers) => append(context.responseHeader, headers),
    setTrailers: (trailers) => append(context.responseTrailer, trailers),
  };
}

async function wanted<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw asConnectError(error);
  });
}

function asConnectError(error: unknown): unknown {
  if (!(error instanceof WantedError)) return error;
  const made = new ConnectError(error.message, error.code as Code);
  made.details = error.details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ""), value }));
  return made;
}
