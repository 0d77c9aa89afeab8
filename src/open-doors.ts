import type { Server as HttpServer } from "node:http";
import { Server as GrpcServer, ServerCredentials, type ServerInterceptor } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import type { Config } from "./config-schema.ts";
import { type ConnectExtension, createConnectDoor } from "./http/connect-door.ts";
import type { Health } from "./http/health.ts";
import { createHttpServer, createPages, type ServerTls } from "./http/http-server.ts";
import type { Metrics } from "./http/metrics.ts";
import { createOpenAiDoor } from "./http/openai-door.ts";
import { sleep } from "./lib/signals.ts";
import type { Dispatch } from "./rpc/dispatch.ts";
import { explainOversize } from "./rpc/explain-oversize.ts";
import { addGrpcServices } from "./rpc/grpc-server.ts";
import type { Binding } from "./rpc/handler.ts";
import { addReflection } from "./rpc/reflection.ts";

/** Both doors, open. */
export interface Doors {
  readonly grpcAddress: string;
  readonly httpAddress: string;
  /** Says NOT_SERVING, refuses new calls, and waits for those under way, at most this long. */
  drain(milliseconds: number, dispatch: Dispatch): Promise<void>;
  close(): Promise<void>;
}

/** What the doors are made of. */
export interface DoorOptions {
  readonly loaded: { readonly config: Pick<Config, "listen" | "server"> };
  readonly bindings: readonly Binding[];
  readonly dispatch: Dispatch;
  readonly health: Health;
  readonly metrics: Pick<Metrics, "render" | "contentType">;
  /** Reads a file named in the configuration. */
  readFile(path: string): string;
  readonly extension?: DoorExtension;
}

/** For a test that serves a contract of its own through these doors. */
export interface DoorExtension {
  readonly grpc: readonly ServerInterceptor[];
  readonly http: ConnectExtension;
}

/** How long the last bytes of answers may take to leave, in milliseconds. */
const FLUSH_MS = 1_000;
const FLUSH_STEP_MS = 20;

/** Opens both doors over the same bindings. @throws Error where an address cannot be listened on. */
export async function openDoors(options: DoorOptions): Promise<Doors> {
  const { loaded, bindings, dispatch, health, metrics, extension } = options;
  const { listen, server: bounds } = loaded.config;
  const tls = readTls(options);
  const shutdown = new AbortController();

  const grpc = new GrpcServer({
    "grpc.max_receive_message_length": bounds.max_message_bytes,
    "grpc.max_send_message_length": 64 * 1024 * 1024,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.http2.min_ping_interval_without_data_ms": 10_000,
    interceptors: [
      explainOversize(bindings, dispatch, bounds.max_message_bytes),
      ...(extension ? extension.grpc : []),
    ],
  });
  addGrpcServices(grpc, bindings, dispatch);
  addReflection(grpc);
  const services = new Set(bindings.map(({ method }) => method.parent.typeName));
  const healthService = new HealthImplementation(
    Object.fromEntries(["", ...services].map((name) => [name, "SERVING" as const])),
  );
  healthService.addToServer(grpc);
  const grpcPort = await bindGrpc(grpc, listen.grpc, tls);

  const openAi = createOpenAiDoor(bindings, dispatch, bounds.max_message_bytes);
  const pages = createPages(health, metrics);
  const http = createHttpServer({
    tls,
    corsOrigins: listen.cors_origins,
    handle: createConnectDoor(bindings, dispatch, {
      maxMessageBytes: bounds.max_message_bytes,
      maxTimeoutMs: 3_600_000,
      shutdownSignal: shutdown.signal,
      extension: extension?.http,
      fallback: (request, response) => {
        if (!openAi(request, response)) pages(request, response);
      },
    }),
  });
  let httpPort: number;
  try {
    httpPort = await bindHttp(http, listen.http);
  } catch (error) {
    grpc.forceShutdown();
    throw error;
  }

  return {
    grpcAddress: `${hostOf(listen.grpc)}:${grpcPort}`,
    httpAddress: `${hostOf(listen.http)}:${httpPort}`,
    async drain(milliseconds, drained) {
      for (const name of ["", ...services]) healthService.setStatus(name, "NOT_SERVING");
      const ended = drained.drain();
      await Promise.race([ended, sleep(milliseconds)]);
    },
    async close() {
      const grpcClosed = new Promise<void>((resolve) => grpc.tryShutdown(() => resolve()));
      const httpClosed = new Promise<void>((resolve) => http.close(() => resolve()));
      await flushed(http, Promise.all([grpcClosed, httpClosed]));
      shutdown.abort();
      http.closeAllConnections();
      await httpClosed;
      grpc.forceShutdown();
    },
  };
}

/**
 * Gives answers their way out: a call is over for those who count calls before its last bytes are on the wire. What stays
 * open longer, such as a probe that follows the health, is not waited for.
 */
async function flushed(http: HttpServer, closed: Promise<unknown>): Promise<void> {
  let open = true;
  const ended = closed.then(() => {
    open = false;
  });
  for (let waited = 0; open && waited < FLUSH_MS; waited += FLUSH_STEP_MS) {
    http.closeIdleConnections();
    await Promise.race([ended, sleep(FLUSH_STEP_MS)]);
  }
}

function readTls({ loaded, readFile }: DoorOptions): ServerTls | undefined {
  const { tls } = loaded.config.listen;
  if (!tls) return undefined;
  return {
    cert: readFile(tls.cert_file),
    key: readFile(tls.key_file),
    clientCa: tls.client_ca_file === undefined ? undefined : readFile(tls.client_ca_file),
    requireClientCert: tls.require_client_cert,
  };
}

function bindGrpc(server: GrpcServer, address: string, tls: ServerTls | undefined): Promise<number> {
  const credentials = tls
    ? ServerCredentials.createSsl(
        tls.clientCa === undefined ? null : Buffer.from(tls.clientCa),
        [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }],
        tls.requireClientCert,
      )
    : ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(new Error(`gRPC cannot listen on ${address}: ${error.message}`));
      else resolve(port);
    });
  });
}

function bindHttp(server: HttpServer, address: string): Promise<number> {
  const host = hostOf(address).replace(/^\[|\]$/g, "");
  const port = Number(address.slice(address.lastIndexOf(":") + 1));
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Error(`HTTP cannot listen on ${address}: ${error.message}`)));
    server.listen(port, host, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound ? bound.port : port);
    });
  });
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}
