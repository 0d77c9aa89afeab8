import { setTimeout as sleep } from "node:timers/promises";
import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import {
  type ConformancePayload,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  ConformancePayloadSchema,
  type Error as DefinedError,
  type Header,
  type ServerStreamRequest,
  ServerStreamRequestSchema,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** What a door tells of a call, and what it does for one, beyond messages. */
export interface Hooks {
  readonly requestHeaders: () => Iterable<readonly [string, string]>;
  readonly timeoutMs: number | undefined;
  /** The query of a GET; undefined for a POST. */
  readonly query: URLSearchParams | undefined;
  sendHeaders(headers: readonly Header[]): void;
  setTrailers(trailers: readonly Header[]): void;
}

/** An error that the suite wants; a door turns it into its own. */
export class WantedError extends Error {
  override readonly name = "WantedError";
  readonly code: number;
  readonly details: readonly Any[];

  constructor(error: DefinedError, more: readonly Any[]) {
    super(error.message ?? "");
    this.code = error.code;
    this.details = [...error.details, ...more];
  }
}

/** Answers a unary call as its request says. @throws WantedError */
export async function answerUnary(
  schema: DescMessage,
  request: Message & { readonly responseDefinition?: UnaryResponseDefinition | undefined },
  hooks: Hooks,
): Promise<ConformancePayload> {
  const definition = request.responseDefinition;
  const info = describeRequest(schema, request, hooks);
  hooks.sendHeaders(definition?.responseHeaders ?? []);
  hooks.setTrailers(definition?.responseTrailers ?? []);
  if (definition !== undefined && definition.responseDelayMs > 0) await sleep(definition.responseDelayMs);
  const response = definition?.response;
  if (response?.case === "error") {
    throw new WantedError(response.value, [anyPack(ConformancePayload_RequestInfoSchema, info)]);
  }
  const data = response?.case === "responseData" ? response.value : new Uint8Array();
  return create(ConformancePayloadSchema, { data, requestInfo: info });
}

/** Answers a streaming call as its request says. @throws WantedError */
export async function* answerStream(
  request: ServerStreamRequest,
  hooks: Hooks,
): AsyncGenerator<ConformancePayload, void, undefined> {
  const definition = request.responseDefinition;
  const info = describeRequest(ServerStreamRequestSchema, request, hooks);
  hooks.sendHeaders(definition?.responseHeaders ?? []);
  hooks.setTrailers(definition?.responseTrailers ?? []);
  if (definition === undefined) return;
  for (const [index, data] of definition.responseData.entries()) {
    if (definition.responseDelayMs > 0) await sleep(definition.responseDelayMs);
    yield create(ConformancePayloadSchema, { data, ...(index === 0 && { requestInfo: info }) });
  }
  if (definition.error === undefined) return;
  const first = definition.responseData.length === 0;
  throw new WantedError(definition.error, first ? [anyPack(ConformancePayload_RequestInfoSchema, info)] : []);
}

function describeRequest(
  schema: DescMessage,
  request: Message,
  { requestHeaders, timeoutMs, query }: Hooks,
): ConformancePayload_RequestInfo {
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: collect(requestHeaders()),
    requests: [anyPack(schema, request)],
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(Math.max(0, Math.round(timeoutMs))) }),
    ...(query !== undefined && { connectGetInfo: { queryParams: collect(query) } }),
  });
}

function collect(pairs: Iterable<readonly [string, string]>): { name: string; value: string[] }[] {
  const byName = new Map<string, string[]>();
  for (const [name, value] of pairs) byName.set(name, [...(byName.get(name) ?? []), value]);
  return [...byName].map(([name, value]) => ({ name, value }));
}
