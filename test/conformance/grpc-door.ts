import { create } from "@bufbuild/protobuf";
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import { CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { createDispatch, WireFailure } from "../../src/rpc/dispatch.ts";
import { addGrpcServices } from "../../src/rpc/grpc-server.ts";
import { type HandlerContext, serverStreaming, unary } from "../../src/rpc/handler.ts";
import { answerStream, answerUnary, type Hooks, WantedError } from "./answers.ts";
import type { ServerCompatRequest } from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";
import {
  ConformanceService,
  type Header,
  IdempotentUnaryRequestSchema,
  IdempotentUnaryResponseSchema,
  ServerStreamResponseSchema,
  UnaryRequestSchema,
  UnaryResponseSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

const CALL = "x-conformance-call";

/**
 * Serves the suite's service by Pointsman's own gRPC adapter and dispatch. Their handlers neither see all headers nor
 * send any, since no handler of Pointsman's needs to; an interceptor does it for them here.
 * @returns the port.
 */
export async function openGrpcDoor(request: ServerCompatRequest): Promise<number> {
  const calls = new Map<string, Call>();
  const server = new Server({
    "grpc.max_receive_message_length": request.messageReceiveLimit || 16 * 1024 * 1024,
    "grpc.max_send_message_length": 64 * 1024 * 1024,
    interceptors: [headersFor(calls)],
  });
  const hooksOf = (context: HandlerContext): Hooks => {
    const call = calls.get(context.header(CALL) ?? "");
    if (call === undefined) throw new Error("a call that no interceptor saw");
    return { ...call, timeoutMs: context.timeoutMs };
  };
  const { method } = ConformanceService;
  const bindings = [
    unary(method.unary, ["caller"], async (message, context) => {
      const payload = await wanted(answerUnary(UnaryRequestSchema, message, hooksOf(context)));
      return create(UnaryResponseSchema, { payload });
    }),
    unary(method.idempotentUnary, ["caller"], async (message, context) => {
      const payload = await wanted(answerUnary(IdempotentUnaryRequestSchema, message, hooksOf(context)));
      return create(IdempotentUnaryResponseSchema, { payload });
    }),
    serverStreaming(method.serverStream, ["caller"], async (message, context, send) => {
      try {
        for await (const payload of answerStream(message, hooksOf(context))) {
          await send(create(ServerStreamResponseSchema, { payload }));
        }
      } catch (error) {
        throw asFailure(error);
      }
    }),
  ];
  const dispatch = createDispatch({
    identify: () => create(CallerSchema, { tenant: "conformance", roles: ["caller"] }),
    maxInFlight: 10_000,
    ended: () => {},
    monotonic: () => performance.now(),
  });
  addGrpcServices(server, bindings, dispatch);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentialsOf(request), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function credentialsOf({ useTls, serverCreds, clientTlsCert }: ServerCompatRequest): ServerCredentials {
  if (!useTls || serverCreds === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(serverCreds.cert), private_key: Buffer.from(serverCreds.key) };
  const authority = clientTlsCert.length > 0 ? Buffer.from(clientTlsCert) : null;
  return ServerCredentials.createSsl(authority, [pair], authority !== null);
}

type Call = Omit<Hooks, "timeoutMs">;

/** Keeps what comes in, and holds the headers back until the handler has said which. */
function headersFor(calls: Map<string, Call>): ServerInterceptor {
  let last = 0;
  return (_, call) => {
    const id = String(++last);
    let received = new Metadata();
    let trailers: readonly Header[] = [];
    const headers = new Metadata();
    let release: (() => void) | undefined;
    let said = false;
    let sent = false;
    const send = (): void => {
      said = true;
      release?.();
      release = undefined;
    };
    calls.set(id, {
      requestHeaders: () => pairsOf(received),
      query: undefined,
      sendHeaders(more) {
        add(headers, more);
        send();
      },
      setTrailers(more) {
        trailers = more;
      },
    });
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, forward) {
            received = metadata.clone();
            metadata.set(CALL, id);
            forward(metadata);
          },
        }),
      sendMetadata(_, next) {
        release = () => {
          sent = true;
          next(headers);
        };
        if (said) send();
      },
      sendMessage(message, next) {
        send();
        next(message);
      },
      sendStatus(status, next) {
        send();
        calls.delete(id);
        // A call that fails before its first message has no headers of its own in grpc-js, only trailers.
        if (!sent && Object.keys(headers.getMap()).length > 0) call.sendMetadata(headers);
        const metadata = status.metadata?.clone() ?? new Metadata();
        add(metadata, trailers);
        // grpc-js says "OK" where the suite wants no message; every client ignores it.
        next({ ...status, metadata, details: status.code === 0 ? "" : status.details });
      },
    });
  };
}

function add(metadata: Metadata, headers: readonly Header[]): void {
  for (const { name, value } of headers) {
    for (const item of value) {
      metadata.add(name, name.endsWith("-bin") ? Buffer.from(item, "base64") : item);
    }
  }
}

function* pairsOf(metadata: Metadata): Generator<[string, string]> {
  for (const name of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(name)) {
      yield [name, typeof value === "string" ? value : value.toString("base64")];
    }
  }
}

async function wanted<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw asFailure(error);
  });
}

function asFailure(error: unknown): unknown {
  if (!(error instanceof WantedError)) return error;
  const { code, message, details } = error;
  return new WireFailure({ code: code as never, message, details, unforeseen: false }, error);
}
