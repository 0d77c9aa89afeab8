import { create, createRegistry } from "@bufbuild/protobuf";
import { CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import type { Config } from "../../src/config-schema.ts";
import { type Doors, openDoors } from "../../src/open-doors.ts";
import { createDispatch } from "../../src/rpc/dispatch.ts";
import { type CallContext, serverStreaming, unary } from "../../src/rpc/handler.ts";
import { bindConformanceService } from "./bindings.ts";
import type { ServerCompatRequest } from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";
import { file_connectrpc_conformance_v1_service } from "./gen/connectrpc/conformance/v1/service_pb.ts";
import { type Answering, CALL_HEADER, headersFor } from "./grpc-headers.ts";
import { headersOf } from "./http-headers.ts";

const uncalled = (): Promise<never> => Promise.reject(new Error("the suite called what is not its own"));

const MOST_CALLS = 10_000;

/** Opens Pointsman's own doors, by its own dispatch, over the suite's service. */
export function openConformanceDoors(request: ServerCompatRequest): Promise<Doors> {
  const calls = new Map<string, Answering>();
  const overHttp = new WeakMap<CallContext["header"], Answering>();
  return openDoors({
    loaded: {
      config: {
        listen: { grpc: "127.0.0.1:0", http: "127.0.0.1:0", cors_origins: [], tls: tlsOf(request) },
        server: {
          max_message_bytes: request.messageReceiveLimit || 16 * 1024 * 1024,
          max_in_flight: MOST_CALLS,
          batch_share: 1,
          drain_ms: 0,
        },
      },
    },
    bindings: [
      ...bindConformanceService((context) => {
        const answering = overHttp.get(context.header) ?? calls.get(context.header(CALL_HEADER) ?? "");
        if (answering === undefined) throw new Error("a call that came through no door");
        return { ...answering, timeoutMs: context.timeoutMs };
      }),
      // The door for OpenAI's format needs them to open; the suite never calls them.
      unary(RouteService.method.route, ["caller"], uncalled),
      serverStreaming(StreamService.method.streamRoute, ["caller"], uncalled),
    ],
    dispatch: createDispatch({
      identify: () => create(CallerSchema, { tenant: "conformance", roles: ["caller"] }),
      maxInFlight: MOST_CALLS,
      maxInFlightBatch: MOST_CALLS,
      ended: () => {},
      monotonic: () => performance.now(),
    }),
    health: { check: () => ({ ready: true, draining: false, problems: [] }), startDraining: () => {} },
    metrics: { render: async () => "", contentType: "text/plain" },
    readFile: (name) => readPem(request, name),
    extension: {
      grpc: [headersFor(calls)],
      http: {
        extend(call, context) {
          overHttp.set(call.header, headersOf(context));
          return call;
        },
        // Its messages hold others as Any.
        registry: createRegistry(file_connectrpc_conformance_v1_service),
      },
    },
  });
}

/** The names stand for what the suite sends; no file has them. */
function tlsOf({ useTls, clientTlsCert }: ServerCompatRequest): Config["listen"]["tls"] {
  if (!useTls) return undefined;
  const isMutual = clientTlsCert.length > 0;
  return {
    cert_file: "cert",
    key_file: "key",
    ...(isMutual && { client_ca_file: "authority" }),
    require_client_cert: isMutual,
  };
}

function readPem({ serverCreds, clientTlsCert }: ServerCompatRequest, name: string): string {
  const pem = { cert: serverCreds?.cert, key: serverCreds?.key, authority: clientTlsCert }[name];
  if (pem === undefined) throw new Error(`the suite sent no ${name}`);
  return Buffer.from(pem).toString();
}
