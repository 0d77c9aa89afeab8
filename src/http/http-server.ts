import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { cors as connectCors } from "@connectrpc/connect";
import type { Health } from "./health.ts";
import type { Metrics } from "./metrics.ts";

/** PEM texts of a server. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; undefined where none are asked for. */
  readonly clientCa: string | undefined;
  readonly requireClientCert: boolean;
}

/** What the HTTP door serves besides rpcs. */
export interface HttpOptions {
  readonly tls: ServerTls | undefined;
  readonly corsOrigins: readonly string[];
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Makes the HTTP server: plain or TLS, with the bounds that keep a slow client from holding it up. */
export function createHttpServer({ tls, corsOrigins, handle }: HttpOptions): Server {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    discardUnread(request, response);
    if (allowOrigin(request, response, corsOrigins)) return;
    handle(request, response);
  };
  const bounds = {
    headersTimeout: 15_000,
    requestTimeout: 120_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 32 * 1024,
  };
  if (!tls) return createServer(bounds, listener);
  const { cert, key, clientCa, requireClientCert } = tls;
  return createTlsServer(
    {
      ...bounds,
      cert,
      key,
      ...(clientCa !== undefined && {
        ca: clientCa,
        requestCert: true,
        rejectUnauthorized: requireClientCert,
      }),
    },
    listener,
  ) as unknown as Server;
}

/** Answers what is no rpc: probes, metrics, and a hint for people who look here with a browser. */
export function createPages(
  health: Health,
  metrics: Pick<Metrics, "render" | "contentType">,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const path = (request.url ?? "/").split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD")
      return send(response, 404, "There is no such method.\n");
    switch (path) {
      case "/healthz":
        return send(response, 200, "ok\n");
      case "/readyz": {
        const state = health.check();
        return sendJson(response, state.ready ? 200 : 503, state);
      }
      case "/metrics":
        metrics.render().then(
          (text) => send(response, 200, text, metrics.contentType),
          () => send(response, 500, "The metrics cannot be read.\n"),
        );
        return;
      case "/":
        return send(
          response,
          200,
          "Pointsman. Rpcs: POST /pointsman.v1.RouteService/Route. See /healthz, /readyz, /metrics.\n",
        );
      default:
        return send(
          response,
          404,
          "There is nothing here. Rpcs are at /pointsman.v1.RouteService/Route and so on.\n",
        );
    }
  };
}

/** The most of a refused request that is still taken off its connection, in bytes; over it, the connection is closed. */
const DISCARD_BYTES = 64 * 1024 * 1024;

/**
 * Lets the next request on a connection through where this one's was answered before it was read to its end, as one too
 * large is. Node would leave the rest unread, and what comes after it unanswered. Closing at once would lose the answer for
 * a client that is still sending.
 */
function discardUnread(request: IncomingMessage, response: ServerResponse): void {
  // A reader that stops early must not destroy the request: what is left could not be taken off the connection any more.
  request[Symbol.asyncIterator] = () => request.iterator({ destroyOnReturn: false });
  response.once("finish", () => {
    if (request.complete) return;
    let discarded = 0;
    request.on("data", (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > DISCARD_BYTES) request.socket.destroy();
    });
    request.resume();
  });
}

/** Sends headers for browsers of allowed origins; true where the request was a preflight and is answered. */
function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  const { origin } = request.headers;
  if (origin === undefined || !(origins.includes(origin) || origins.includes("*"))) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("vary", "origin");
  response.setHeader("access-control-expose-headers", connectCors.exposedHeaders.join(", "));
  if (request.method !== "OPTIONS") return false;
  response.setHeader("access-control-allow-methods", connectCors.allowedMethods.join(", "));
  response.setHeader(
    "access-control-allow-headers",
    [...connectCors.allowedHeaders, "authorization", "x-api-key"].join(", "),
  );
  response.setHeader("access-control-max-age", "7200");
  response.writeHead(204).end();
  return true;
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type }).end(text);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, `${JSON.stringify(value)}\n`, "application/json");
}
