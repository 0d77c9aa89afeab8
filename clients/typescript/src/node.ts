import type { SecureContextOptions } from "node:tls";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { type ClientOptions, createClients, type PointsmanClient } from "./clients.ts";

export type { ClientOptions, PointsmanClient } from "./clients.ts";

export interface NodeClientOptions extends ClientOptions {
  /** "grpc" speaks to the gRPC port; "connect" and "grpc-web" speak to the HTTP port. "connect" if not set. */
  readonly protocol?: "grpc" | "connect" | "grpc-web";
  /** Trust and identity: `ca` for a private authority, `cert` and `key` for mutual TLS. If not set, Node's own trust. */
  readonly tls?: SecureContextOptions;
}

/** Makes a client for Node. Over gRPC it pings every 20 s while calls are under way, so a dead connection is noticed. */
export function createNodeClient(options: NodeClientOptions): PointsmanClient {
  const { baseUrl, protocol = "connect", tls = {} } = options;
  const limits = { baseUrl, readMaxBytes: 32 << 20 };
  return createClients(options, (interceptors) => {
    if (protocol === "grpc") {
      const sessionManager = new Http2SessionManager(baseUrl, { pingIntervalMs: 20_000 }, tls);
      return createGrpcTransport({ ...limits, interceptors, sessionManager });
    }
    const http1 = { ...limits, interceptors, httpVersion: "1.1" as const, nodeOptions: tls };
    return protocol === "connect" ? createConnectTransport(http1) : createGrpcWebTransport(http1);
  });
}
