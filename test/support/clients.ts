import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code as ConnectCode, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import {
  type CallOptions,
  credentials,
  Client as GrpcClient,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { ErrorInfoSchema, RetryInfoSchema } from "#gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "#gen/google/rpc/status_pb.ts";

/** How one call is made. */
export interface CallSettings {
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the deadline. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A client of one door; both doors speak the same methods. */
export interface DoorClient {
  readonly door: "gRPC" | "Connect JSON";
  /** @throws CallFailure */
  unary<Method extends DescMethod>(
    method: Method,
    request: MessageInitShape<Method["input"]>,
    settings?: CallSettings,
  ): Promise<MessageShape<Method["output"]>>;
  /** @throws CallFailure */
  stream<Method extends DescMethod>(
    method: Method,
    request: MessageInitShape<Method["input"]>,
    settings?: CallSettings,
  ): AsyncGenerator<MessageShape<Method["output"]>, void, undefined>;
  close(): void;
}

/** How a call ended that did not end well, told the same way for both doors. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  /** Such as "PERMISSION_DENIED". */
  readonly code: string;
  /** As in ErrorInfo, without its prefix; empty where there is none. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Type names of all details. */
  readonly detailTypes: readonly string[];

  constructor(code: string, message: string, details: readonly { type: string; value: Uint8Array }[]) {
    super(message);
    this.code = code;
    const info = details.find(({ type }) => type === ErrorInfoSchema.typeName);
    const parsed = info && fromBinary(ErrorInfoSchema, info.value);
    this.reason = parsed?.reason.replace(/^ERROR_REASON_/, "") ?? "";
    this.metadata = parsed?.metadata ?? {};
    this.detailTypes = details.map(({ type }) => type);
  }

  /** Whether it says when to come again. */
  get saysWhen(): boolean {
    return this.detailTypes.includes(RetryInfoSchema.typeName);
  }
}

/** A client of the gRPC door, on @grpc/grpc-js. */
export function createGrpcClient(address: string): DoorClient {
  const client = new GrpcClient(address, credentials.createInsecure());
  const optionsOf = ({ timeoutMs }: CallSettings): CallOptions =>
    timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  const encoded = <Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Buffer =>
    Buffer.from(toBinary(schema, create(schema, init)));
  return {
    door: "gRPC",
    unary: (method, request, settings = {}) =>
      new Promise((resolve, reject) => {
        const call = client.makeUnaryRequest(
          pathOf(method),
          (bytes: Buffer) => bytes,
          (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<typeof method.output>,
          encoded(method.input, request),
          metadataOf(settings),
          optionsOf(settings),
          (error, response) => (error || !response ? reject(fromGrpc(error)) : resolve(response as never)),
        );
        settings.signal?.addEventListener("abort", () => call.cancel(), { once: true });
      }),
    async *stream(method, request, settings = {}) {
      const call = client.makeServerStreamRequest(
        pathOf(method),
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<typeof method.output>,
        encoded(method.input, request),
        metadataOf(settings),
        optionsOf(settings),
      );
      settings.signal?.addEventListener("abort", () => call.cancel(), { once: true });
      try {
        for await (const response of call) yield response as never;
      } catch (error) {
        throw fromGrpc(error as ServiceError);
      } finally {
        call.cancel();
      }
    },
    close: () => client.close(),
  };
}

/** A client of the HTTP door, on connect-node with JSON. */
export function createConnectClient(address: string): DoorClient {
  const transport = createConnectTransport({
    baseUrl: `http://${address}`,
    httpVersion: "1.1",
    useBinaryFormat: false,
  });
  const bound = (method: DescMethod): Record<string, (request: unknown, options: object) => unknown> =>
    createClient(method.parent, transport as Transport) as never;
  return {
    door: "Connect JSON",
    async unary(method, request, settings = {}) {
      try {
        return (await bound(method)[method.localName]?.(request, settings)) as never;
      } catch (error) {
        throw fromConnect(error);
      }
    },
    async *stream(method, request, settings = {}) {
      try {
        yield* bound(method)[method.localName]?.(request, settings) as AsyncIterable<never>;
      } catch (error) {
        throw fromConnect(error);
      }
    },
    close() {},
  };
}

/** Posts a body as it is to the HTTP door, as no proper client would. */
export async function postRaw(
  address: string,
  method: DescMethod,
  body: string | Uint8Array<ArrayBuffer>,
  contentType = "application/json",
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; failure: CallFailure | undefined; text: string }> {
  const response = await fetch(`http://${address}${pathOf(method)}`, {
    method: "POST",
    headers: { "content-type": contentType, "connect-protocol-version": "1", ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, text, failure: response.ok ? undefined : failureOf(text) };
}

/** Sends bytes as they are to the gRPC door; rejects with a CallFailure. */
export function sendRaw(address: string, method: DescMethod, bytes: Uint8Array): Promise<Buffer> {
  const client = new GrpcClient(address, credentials.createInsecure(), {
    "grpc.max_send_message_length": 256 * 1024 * 1024,
  });
  const same = (value: Buffer): Buffer => value;
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(pathOf(method), same, same, Buffer.from(bytes), (error, response) => {
      client.close();
      if (error || !response) reject(fromGrpc(error));
      else resolve(response);
    });
  });
}

function failureOf(text: string): CallFailure | undefined {
  let body: { code?: string; message?: string; details?: { type: string; value: string }[] };
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const details = (body.details ?? []).map(({ type, value }) => ({
    type,
    value: Buffer.from(value, "base64"),
  }));
  return new CallFailure((body.code ?? "").toUpperCase(), body.message ?? "", details);
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function metadataOf({ headers = {} }: CallSettings): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

const GRPC_CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** The name of a gRPC code, such as "UNAVAILABLE". */
export function codeName(code: number): string {
  return GRPC_CODES[code] ?? String(code);
}

function fromGrpc(error: ServiceError | null): CallFailure {
  if (!error) return new CallFailure("INTERNAL", "neither an answer nor an error", []);
  const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const status = bytes instanceof Buffer ? fromBinary(StatusSchema, bytes) : undefined;
  const details = status?.details.map(({ typeUrl, value }) => ({
    type: typeUrl.replace(/^.*\//, ""),
    value,
  }));
  return new CallFailure(codeName(error.code), error.details, details ?? []);
}

function fromConnect(error: unknown): CallFailure {
  const failure = ConnectError.from(error);
  const details = failure.details.flatMap((detail) =>
    "desc" in detail ? [] : [{ type: detail.type, value: detail.value }],
  );
  const name = ConnectCode[failure.code].replace(/[A-Z]/g, (letter, at: number) =>
    at > 0 ? `_${letter}` : letter,
  );
  return new CallFailure(name.toUpperCase().replace("CANCELED", "CANCELLED"), failure.rawMessage, details);
}
