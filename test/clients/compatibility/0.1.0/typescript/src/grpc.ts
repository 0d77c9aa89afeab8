import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import {
  type CallOptions,
  type ChannelCredentials,
  Client,
  type ClientOptions,
  type ClientReadableStream,
  Metadata,
  type MethodDefinition,
} from "@grpc/grpc-js";
import { AuditService } from "../gen/pointsman/v1/audit_service_pb.ts";
import { RouteService } from "../gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "../gen/pointsman/v1/stream_service_pb.ts";

/** Options of one call. */
export interface GrpcCallOptions extends CallOptions {
  /** Sent beside the client's credential. If not set, nothing is. */
  readonly metadata?: Metadata;
  /** Cancels the call. If not set, nothing does but its deadline. */
  readonly signal?: AbortSignal;
}

/** A service's methods: unary ones give a promise, the others grpc-js's own stream, which is an async iterable too. */
export type GrpcClient<Service extends DescService> = {
  readonly [Name in keyof Service["method"]]: Service["method"][Name] extends DescMethodUnary<
    infer I,
    infer O
  >
    ? (request: MessageInitShape<I>, options?: GrpcCallOptions) => Promise<MessageShape<O>>
    : Service["method"][Name] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageInitShape<I>, options?: GrpcCallOptions) => ClientReadableStream<MessageShape<O>>
      : never;
};

/** The three services on one channel. */
export interface GrpcClients {
  readonly route: GrpcClient<typeof RouteService>;
  readonly stream: GrpcClient<typeof StreamService>;
  readonly audit: GrpcClient<typeof AuditService>;
  /** Ends the channel once its calls are over. */
  close(): void;
}

/** What is not an option of the channel. */
export interface GrpcClientOptions extends ClientOptions {
  /** Sent as a bearer token: an API key or a JWT. If not set, the caller is anonymous or known by its certificate. */
  readonly credential?: string;
}

/**
 * Makes a client on `@grpc/grpc-js`. Given options win over the defaults: deadlines of 130 s for answers and 30 s for
 * reads, repeats of idempotent calls that fail UNAVAILABLE, a ping every 20 s, messages of up to 32 MiB.
 */
export function createGrpcClients(
  address: string,
  credentials: ChannelCredentials,
  options: GrpcClientOptions = {},
): GrpcClients {
  const { credential, ...channelOptions } = options;
  const channel = new Client(address, credentials, { ...channelDefaults(), ...channelOptions });
  return {
    route: bind(RouteService, channel, credential),
    stream: bind(StreamService, channel, credential),
    audit: bind(AuditService, channel, credential),
    close: () => channel.close(),
  };
}

/** The defaults of a channel, for teams that make their own. */
export function channelDefaults(): ClientOptions {
  return {
    "grpc.service_config": JSON.stringify(serviceConfig()),
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.max_receive_message_length": 32 << 20,
  };
}

/** Deadlines and repeats as gRPC's service config, out of the contract's own idempotency levels. */
export function serviceConfig(): object {
  const methods = [RouteService, StreamService, AuditService].flatMap((service) => service.methods);
  const retryPolicy = {
    maxAttempts: 4,
    initialBackoff: "0.2s",
    maxBackoff: "3s",
    backoffMultiplier: 2,
    retryableStatusCodes: ["UNAVAILABLE"],
  };
  return {
    methodConfig: methods.map((method) => {
      const answers = method.name === "Route" || method.name === "StreamRoute";
      const endless = !answers && method.methodKind !== "unary";
      return {
        name: [{ service: method.parent.typeName, method: method.name }],
        ...(!endless && { timeout: answers ? "130s" : "30s" }),
        ...(method.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN && { retryPolicy }),
      };
    }),
  };
}

/** A method as grpc-js wants it, for teams that call `makeUnaryRequest` and the like themselves. */
export function methodDefinition(method: DescMethod): MethodDefinition<Message, Message> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming",
    responseStream: method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming",
    ...codec("request", method.input),
    ...codec("response", method.output),
  } as MethodDefinition<Message, Message>;
}

function codec(side: "request" | "response", schema: DescMessage): object {
  return {
    [`${side}Serialize`]: (message: Message) => Buffer.from(toBinary(schema, message)),
    [`${side}Deserialize`]: (bytes: Buffer) => fromBinary(schema, bytes),
  };
}

function bind<Service extends DescService>(
  service: Service,
  channel: Client,
  credential: string | undefined,
): GrpcClient<Service> {
  const methods = service.methods.map((method) => {
    const definition = methodDefinition(method);
    const call = (request: MessageInitShape<DescMessage>, options: GrpcCallOptions = {}) => {
      const { signal, metadata = new Metadata(), ...rest } = options;
      if (credential !== undefined) metadata.set("authorization", `Bearer ${credential}`);
      const message = create(method.input, request);
      const { path, requestSerialize, responseDeserialize } = definition;
      if (definition.responseStream) {
        const stream = channel.makeServerStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          message,
          metadata,
          rest,
        );
        cancelOn(signal, stream);
        return stream;
      }
      return new Promise((resolve, reject) => {
        const call = channel.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          message,
          metadata,
          rest,
          (error, response) => (error ? reject(error) : resolve(response)),
        );
        cancelOn(signal, call);
      });
    };
    return [method.localName, call] as const;
  });
  return Object.fromEntries(methods) as unknown as GrpcClient<Service>;
}

function cancelOn(
  signal: AbortSignal | undefined,
  call: { cancel(): void; on(event: "status", listener: () => void): unknown },
): void {
  const cancel = () => call.cancel();
  signal?.addEventListener("abort", cancel);
  call.on("status", () => signal?.removeEventListener("abort", cancel));
  if (signal?.aborted) cancel();
}
