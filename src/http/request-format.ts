import type { DescMethod } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { Compression, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { Code } from "../rpc/code.ts";
import { invalidRequest, unservedRequest } from "./connect-error.ts";

/** How a request is written. */
export interface RequestFormat {
  readonly protocol: "unary" | "stream" | "grpc_web";
  readonly isJson: boolean;
}

const FORMATS: readonly (readonly [RequestFormat["protocol"], RegExp])[] = [
  ["unary", /^application\/(?:(json)(?:; ?charset=utf-?8)?|proto)$/i],
  ["stream", /^application\/connect\+(?:(json)(?:; ?charset=utf-?8)?|proto)$/i],
  ["grpc_web", /^application\/grpc-web(?:\+(?:(json)(?:; ?charset=utf-?8)?|proto))?$/i],
];

/** The format of a request; undefined where it is none that is served. */
export function formatOf(
  { method, header }: UniversalServerRequest,
  rpc: DescMethod,
): RequestFormat | undefined {
  if (method !== "POST") return undefined;
  const type = header.get("content-type") ?? "";
  for (const [protocol, pattern] of FORMATS) {
    const match = pattern.exec(type);
    if (!match) continue;
    const fits = protocol === "grpc_web" || (protocol === "unary") === (rpc.methodKind === "unary");
    return fits ? { protocol, isJson: match[1] !== undefined } : undefined;
  }
  return undefined;
}

/** A request whose message is in its address, as one that has it in its body; undefined where the method may not be asked so. */
export function asPost(request: UniversalServerRequest, rpc: DescMethod): UniversalServerRequest | undefined {
  const query = new URL(request.url).searchParams;
  const encoding = query.get("encoding");
  if (rpc.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS || rpc.methodKind !== "unary")
    return undefined;
  if (encoding !== "json" && encoding !== "proto") return undefined;
  const header = new Headers(request.header);
  header.set("content-type", `application/${encoding}`);
  const compression = query.get("compression");
  if (compression) header.set("content-encoding", compression);
  async function* body(): AsyncGenerator<Uint8Array> {
    const message = query.get("message") ?? "";
    try {
      yield query.get("base64") === "1" ? base64Decode(message) : Buffer.from(message);
    } catch {
      throw invalidRequest("The query parameter `message` is not base64.");
    }
  }
  return { ...request, method: "POST", header, body: body() };
}

const COMPRESSIONS: readonly Compression[] = [compressionGzip, compressionBrotli];
const COMPRESSION_HEADER = {
  unary: "content-encoding",
  stream: "connect-content-encoding",
  grpc_web: "grpc-encoding",
};
const TIMEOUT_UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Takes out of the headers what is done here and what Connect would stumble over, and says what is wrong with them. What
 * is left fits the empty message.
 */
export function takeHeaders(
  header: Headers,
  format: RequestFormat,
  maxTimeoutMs: number,
): { readonly compression: Compression | undefined; readonly problem: Error | undefined } {
  const compressionHeader = COMPRESSION_HEADER[format.protocol];
  const compressed = header.get(compressionHeader);
  if (compressed !== null) header.delete(compressionHeader);
  if (format.protocol === "unary") header.set("content-length", String(emptyMessage(format).length));
  const compression = COMPRESSIONS.find(({ name }) => name === compressed);
  if (compressed && compressed !== "identity" && !compression) {
    const message = `The compression ${JSON.stringify(compressed)} is not known: use gzip or br.`;
    return { compression, problem: unservedRequest(message, Code.UNIMPLEMENTED) };
  }
  const timeoutHeader = format.protocol === "grpc_web" ? "grpc-timeout" : "connect-timeout-ms";
  const problem = timeoutProblem(timeoutHeader, header.get(timeoutHeader), maxTimeoutMs);
  if (problem) header.delete(timeoutHeader);
  return { compression, problem };
}

function timeoutProblem(name: string, value: string | null, most: number): Error | undefined {
  if (value === null) return undefined;
  const [, digits, unit = "m"] =
    (name === "grpc-timeout" ? /^(\d{1,8})([HMSmun])$/ : /^(\d{1,10})$/).exec(value) ?? [];
  if (digits === undefined)
    return invalidRequest(`The header ${name} is not a timeout: ${JSON.stringify(value.slice(0, 64))}.`);
  if (Number(digits) * (TIMEOUT_UNITS[unit] ?? 1) <= most) return undefined;
  return invalidRequest(`The header ${name} asks for more than ${most} milliseconds.`);
}

/** A message without fields, as the format writes it. */
export function emptyMessage({ protocol, isJson }: RequestFormat): Buffer {
  return (protocol === "unary" ? EMPTY : EMPTY_ENVELOPED)[isJson ? "json" : "proto"];
}

const EMPTY = { json: Buffer.from("{}"), proto: Buffer.alloc(0) };
const EMPTY_ENVELOPED = { json: Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]), proto: Buffer.alloc(5) };
