import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "#gen/google/rpc/error_details_pb.ts";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";

/** The HTTP door of the default configuration. */
export const DEFAULT_URL = "http://127.0.0.1:8080";

/** How a command reaches the service. */
export interface ConnectionOptions {
  readonly url: string;
  /** An API key or token; by default POINTSMAN_API_KEY. */
  readonly key?: string | undefined;
  /** A PEM file with the authority of the service's certificate. */
  readonly ca?: string | undefined;
}

/** Clients of all services. */
export interface Connection {
  readonly route: Client<typeof RouteService>;
  readonly stream: Client<typeof StreamService>;
  readonly audit: Client<typeof AuditService>;
}

/** Connects nothing yet: makes clients. */
export function connect({ url, key, ca }: ConnectionOptions): Connection {
  const credential: Interceptor = (next) => (request) => {
    if (key) request.header.set("authorization", `Bearer ${key}`);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl: url,
    httpVersion: "1.1",
    interceptors: [credential],
    ...(ca && { nodeOptions: { ca: readFileSync(ca) } }),
  });
  return {
    route: createClient(RouteService, transport),
    stream: createClient(StreamService, transport),
    audit: createClient(AuditService, transport),
  };
}

/** Says what went wrong and what to do, for a person. */
export function describeError(error: unknown, url: string): string {
  if (!(error instanceof ConnectError)) return error instanceof Error ? error.message : String(error);
  const lines = [`${Code[error.code]}: ${error.rawMessage}`];
  for (const detail of error.details) {
    if (!("type" in detail) || !(detail.value instanceof Uint8Array)) continue;
    if (detail.type === ErrorInfoSchema.typeName) {
      const { reason, metadata } = fromBinary(ErrorInfoSchema, detail.value);
      const facts = Object.entries(metadata).map(([name, value]) => `${name}=${value}`);
      lines.push(`  reason: ${reason}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`);
    } else if (detail.type === BadRequestSchema.typeName) {
      for (const { field, description } of fromBinary(BadRequestSchema, detail.value).fieldViolations) {
        lines.push(`  ${field}: ${description}`);
      }
    } else if (detail.type === RetryInfoSchema.typeName) {
      const { retryDelay } = fromBinary(RetryInfoSchema, detail.value);
      if (retryDelay) lines.push(`  retry after ${(toMilliseconds(retryDelay) / 1000).toFixed(1)} s`);
    }
  }
  if (error.code === Code.Unavailable && error.details.length === 0) {
    lines.push(`  Is the service running at ${url}? Start it with npm start, or name it with --url.`);
  }
  return lines.join("\n");
}
