import { readFileSync } from "node:fs";
import { Code, ConnectError } from "@connectrpc/connect";
import { credentials, status } from "@grpc/grpc-js";
import { ErrorReasonSchema, pointsmanError } from "@pointsman/client";
import { createGrpcClients } from "@pointsman/client/grpc";
import { createNodeClient } from "@pointsman/client/node";
import { createWebClient } from "@pointsman/client/web";
import { Agent } from "undici";
import type { Json } from "./fill.ts";

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

type Methods = Record<string, (request: never, options: CallOptions) => unknown>;

/** What all flavours have in common: methods by name, that take a request and options. */
export type AnyClient = Record<
  "route" | "stream" | "audit",
  Record<string, (request: unknown, options: CallOptions) => unknown>
>;

const opened = new Map<string, AnyClient>();

/** Makes a client of a flavour, once for each credential and trust. */
export function openClient(flavour: string, name: string | undefined, systemTrust: boolean): AnyClient {
  const key = JSON.stringify([name, systemTrust]);
  const client = opened.get(key) ?? create(flavour, name, systemTrust);
  opened.set(key, client);
  return client;
}

function create(flavour: string, name: string | undefined, systemTrust: boolean): AnyClient {
  const known = JSON.parse(process.env.SMOKE_CREDENTIALS ?? "{}") as Record<string, string>;
  const credential = name === undefined ? {} : { credential: known[name] ?? "" };
  const caPath = process.env.SMOKE_CA;
  const authority = caPath === undefined || systemTrust ? undefined : readFileSync(caPath);
  const scheme = caPath === undefined ? "http" : "https";
  const tls = authority === undefined ? {} : { tls: { ca: authority } };
  const baseUrl = `${scheme}://${process.env.SMOKE_HTTP}`;
  switch (flavour) {
    case "grpc-js": {
      const trust = caPath === undefined ? credentials.createInsecure() : credentials.createSsl(authority);
      const clients = createGrpcClients(process.env.SMOKE_GRPC ?? "", trust, credential);
      return { route: late(clients.route), stream: late(clients.stream), audit: late(clients.audit) };
    }
    case "grpc":
      return createNodeClient({
        protocol: "grpc",
        baseUrl: `${scheme}://${process.env.SMOKE_GRPC}`,
        ...tls,
        ...credential,
      }) as unknown as AnyClient;
    case "connect":
    case "grpc-web":
      return createNodeClient({ protocol: flavour, baseUrl, ...tls, ...credential }) as unknown as AnyClient;
    case "web":
    case "web-grpc-web":
      return createWebClient({
        protocol: flavour === "web" ? "connect" : "grpc-web",
        baseUrl,
        ...(authority && { fetch: trusting(authority) }),
        ...credential,
      }) as unknown as AnyClient;
    default:
      throw new Error(`there is no flavour ${flavour}`);
  }
}

/** The fetch of a place that trusts an authority, as a browser does that was told to. */
function trusting(authority: Buffer): typeof globalThis.fetch {
  const dispatcher = new Agent({ connect: { ca: authority } });
  return (input, init) => globalThis.fetch(input, Object.assign({}, init, { dispatcher }));
}

/** grpc-js takes a point in time where Connect takes milliseconds. */
function late(methods: object): AnyClient["route"] {
  return Object.fromEntries(
    Object.entries(methods as Methods).map(([name, run]) => [
      name,
      (request: unknown, { timeoutMs, signal }: CallOptions) =>
        run(
          request as never,
          {
            ...(signal && { signal }),
            ...(timeoutMs !== undefined && { deadline: Date.now() + timeoutMs }),
          } as CallOptions,
        ),
    ]),
  );
}

/** An error as the conversation knows it. */
export function describeError(error: unknown): Json {
  const said = pointsmanError(error);
  return {
    code: codeOf(error),
    message: error instanceof Error ? error.message : String(error),
    ...(said && {
      reason: ErrorReasonSchema.value[said.reason]?.name ?? "",
      metadata: { ...said.metadata },
      details: detailsOf(said),
    }),
  };
}

function codeOf(error: unknown): string {
  if (error instanceof ConnectError) {
    const words = (Code[error.code] ?? "").replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
    return words === "CANCELED" ? "CANCELLED" : words;
  }
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "number" ? (status[code] ?? "") : `not an rpc error: ${String(error)}`;
}

function detailsOf(said: NonNullable<ReturnType<typeof pointsmanError>>): Json[] {
  const others = [said.badRequest, said.preconditionFailure, said.quotaFailure, said.resourceInfo];
  return [
    "google.rpc.ErrorInfo",
    ...(said.retryAfterMs === undefined ? [] : ["google.rpc.RetryInfo"]),
    ...others.flatMap((detail) => (detail === undefined ? [] : [detail.$typeName])),
  ];
}
