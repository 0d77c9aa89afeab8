import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { AuditService } from "../gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "../gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "../gen/pointsman/v1/stream_service_pb.ts";
import { retryUnavailable } from "./retry.ts";

/** What every Connect client of this package takes, whatever its transport. */
export interface ClientOptions {
  /** Where the service is, such as "https://pointsman.example.com:8443". */
  readonly baseUrl: string;
  /** Sent as a bearer token: an API key or a JWT. If not set, the caller is anonymous or known by its certificate. */
  readonly credential?: string;
  /** How long an answer may take, in milliseconds, where a call sets no `timeoutMs`. 130,000 if not set. */
  readonly answerTimeoutMs?: number;
  /** The same for every other unary call. 30,000 if not set. */
  readonly readTimeoutMs?: number;
  /** Put around those of this package. If not set, none. */
  readonly interceptors?: readonly Interceptor[];
}

/** The three services. */
export interface PointsmanClient {
  readonly route: Client<typeof RouteService>;
  readonly stream: Client<typeof StreamService>;
  readonly audit: Client<typeof AuditService>;
}

/** Makes a transport that applies these interceptors and, where it is set, this deadline to all of its calls. */
export type TransportFactory = (interceptors: Interceptor[]) => Transport;

/** Adds credential, deadlines and retries to a transport. */
export function createClients(options: ClientOptions, factory: TransportFactory): PointsmanClient {
  const transport = withDeadlines(
    factory([
      ...(options.interceptors ?? []),
      ...(options.credential === undefined ? [] : [bearer(options.credential)]),
      retryUnavailable(),
    ]),
    { answer: options.answerTimeoutMs ?? 130_000, read: options.readTimeoutMs ?? 30_000 },
  );
  return {
    route: createClient(RouteService, transport),
    stream: createClient(StreamService, transport),
    audit: createClient(AuditService, transport),
  };
}

function bearer(credential: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${credential}`);
    return next(request);
  };
}

/** The streams of the audit trail have none: they may rightly go on for days. */
function withDeadlines(transport: Transport, deadline: { answer: number; read: number }): Transport {
  const answers = new Set(["Route", "StreamRoute"]);
  return {
    unary: (method, signal, timeoutMs, ...rest) =>
      transport.unary(
        method,
        signal,
        timeoutMs ?? (answers.has(method.name) ? deadline.answer : deadline.read),
        ...rest,
      ),
    stream: (method, signal, timeoutMs, ...rest) =>
      transport.stream(
        method,
        signal,
        timeoutMs ?? (answers.has(method.name) ? deadline.answer : undefined),
        ...rest,
      ),
  };
}
