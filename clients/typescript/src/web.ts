import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { type ClientOptions, createClients, type PointsmanClient } from "./clients.ts";

export type { ClientOptions, PointsmanClient } from "./clients.ts";

export interface WebClientOptions extends ClientOptions {
  /** The wire format. "connect" if not set, which shows as JSON in a browser's developer tools. */
  readonly protocol?: "connect" | "grpc-web";
  /** For tests and for workers with a fetch of their own. If not set, the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Makes a client for browsers, workers and every other place that has `fetch`. */
export function createWebClient(options: WebClientOptions): PointsmanClient {
  const { baseUrl, protocol = "connect", fetch } = options;
  return createClients(options, (interceptors) => {
    const settings = { baseUrl, interceptors, ...(fetch && { fetch }) };
    return protocol === "connect" ? createConnectTransport(settings) : createGrpcWebTransport(settings);
  });
}
