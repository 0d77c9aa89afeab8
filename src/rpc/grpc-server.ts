import type { EventEmitter } from "node:events";
import {
  create,
  type DescMethod,
  type DescService,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type StatusObject,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { StatusSchema } from "#gen/google/rpc/status_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { compileSerializer } from "../lib/serialize.ts";
import { countFields } from "./count-fields.ts";
import { type Dispatch, WireFailure } from "./dispatch.ts";
import { toWireError, type WireError } from "./errors.ts";
import type { Binding, CallContext, StreamBinding, UnaryBinding } from "./handler.ts";
import { StatusMetadata } from "./status-metadata.ts";

type AnyCall = ServerUnaryCall<Buffer, Message> | ServerWritableStream<Buffer, Message>;

/** Adds services to a @grpc/grpc-js server, each method served by its binding. */
export function addGrpcServices(server: Server, bindings: readonly Binding[], dispatch: Dispatch): void {
  for (const service of new Set(bindings.map(({ method }) => method.parent))) {
    const own = bindings.filter(({ method }) => method.parent === service);
    const implementation: UntypedServiceImplementation = {};
    for (const binding of own) {
      implementation[binding.method.localName] =
        binding.kind === "unary" ? unaryHandler(binding, dispatch) : streamHandler(binding, dispatch);
    }
    server.addService(definitionOf(service, own), implementation);
  }
}

function definitionOf(service: DescService, bindings: readonly Binding[]): ServiceDefinition {
  return Object.fromEntries(
    bindings.map(({ kind, method }) => [
      method.localName,
      {
        path: `/${service.typeName}/${method.name}`,
        requestStream: false,
        responseStream: kind === "server_streaming",
        // Requests are parsed by us, so that what cannot be parsed is INVALID_ARGUMENT and not INTERNAL.
        requestSerialize: (bytes: Buffer) => bytes,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: compileSerializer(method.output),
        responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
      },
    ]),
  );
}

function unaryHandler(binding: UnaryBinding, dispatch: Dispatch): handleUnaryCall<Buffer, Message> {
  return (call, callback) => {
    const answer = async (): Promise<void> => {
      const { context, answered } = openContext(call);
      try {
        const request = parse(binding, call.request, dispatch);
        const response = await dispatch.unary(binding, request, context);
        callback(null, response);
      } catch (error) {
        callback(statusOf(error));
      } finally {
        answered();
      }
    };
    void answer();
  };
}

function streamHandler(
  binding: StreamBinding,
  dispatch: Dispatch,
): handleServerStreamingCall<Buffer, Message> {
  return (call) => {
    const answer = async (): Promise<void> => {
      const { context, answered } = openContext(call);
      try {
        const request = parse(binding, call.request, dispatch);
        // Headers go out at once, so that a client that watches knows the stream stands.
        call.sendMetadata(new Metadata());
        await dispatch.stream(binding, request, context, (response) =>
          call.write(response) ? undefined : drained(call, context.signal),
        );
        call.end();
      } catch (error) {
        call.emit("error", statusOf(error));
      } finally {
        answered();
      }
    };
    void answer();
  };
}

/** Waits until the transport takes more; ends the wait when the caller goes away. */
function drained(call: ServerWritableStream<Buffer, Message>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      call.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    call.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

function parse(binding: Binding, bytes: Buffer, dispatch: Dispatch): Message {
  const { method } = binding;
  try {
    countFields(method, bytes);
    return fromBinary(method.input, bytes);
  } catch (cause) {
    throw dispatch.refuse(binding, cause instanceof EngineError ? cause : malformed(method, cause));
  }
}

function malformed(method: DescMethod, cause: unknown): EngineError {
  const message = `The request is not a valid ${method.input.typeName}: ${cause instanceof Error ? cause.message : "malformed"}.`;
  return new EngineError(ErrorReason.INVALID_REQUEST, message, {
    fields: [{ field: "", description: message }],
  });
}

/** What is known of a call, and what to do once it has its answer. */
function openContext(call: AnyCall): { readonly context: CallContext; answered(): void } {
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  const emitter: EventEmitter = call;
  emitter.on("cancelled", cancel);
  const deadline = call.getDeadline();
  const until = typeof deadline === "number" ? deadline : deadline.getTime();
  const certificate = call.getAuthContext().sslPeerCertificate;
  const context: CallContext = {
    header(name) {
      const value = call.metadata.get(name)[0];
      return typeof value === "string" ? value : undefined;
    },
    peerAddress: call
      .getPeer()
      .replace(/:\d+$/, "")
      .replace(/^\[|\]$/g, ""),
    peerCertificate:
      certificate?.subject === undefined
        ? undefined
        : {
            subject: Object.entries(certificate.subject)
              .map(([key, value]) => `${key}=${value}`)
              .join(","),
            subjectAltNames: certificate.subjectaltname?.split(", ") ?? [],
          },
    signal: controller.signal,
    timeoutMs: Number.isFinite(until) ? until - Date.now() : undefined,
  };
  return {
    context,
    // The transport calls every call cancelled when its stream closes; aborting then helps nobody and costs a stack trace.
    answered: () => emitter.off("cancelled", cancel),
  };
}

/** Puts anything that was thrown into a status of gRPC, with its details. */
export function statusOf(error: unknown): StatusObject & Error {
  const wire: WireError = error instanceof WireFailure ? error.wire : toWireError(error);
  const metadata = new StatusMetadata();
  const status = create(StatusSchema, { code: wire.code, message: wire.message, details: [...wire.details] });
  metadata.set("grpc-status-details-bin", asBuffer(toBinary(StatusSchema, status)));
  return Object.assign(new Error(wire.message), { code: wire.code, details: wire.message, metadata });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
