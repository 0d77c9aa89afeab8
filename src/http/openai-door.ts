import type { IncomingMessage, ServerResponse } from "node:http";
import { create, fromBinary, type Message } from "@bufbuild/protobuf";
import { z } from "zod";
import { ErrorInfoSchema, RetryInfoSchema } from "#gen/google/rpc/error_details_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { RouteRequestSchema, type RouteResponse, RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import {
  StreamRouteRequestSchema,
  type StreamRouteResponse,
  StreamService,
} from "#gen/pointsman/v1/stream_service_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { received } from "../lib/sending.ts";
import { Code } from "../rpc/code.ts";
import { type Dispatch, WireFailure } from "../rpc/dispatch.ts";
import { toWireError, type WireError } from "../rpc/errors.ts";
import type { Binding, CallContext } from "../rpc/handler.ts";
import { countJson } from "./count-json.ts";
import { parseChat } from "./openai-request.ts";
import { chatCompletion, createChunks } from "./openai-response.ts";
import { peerOf } from "./peer.ts";

/** Serves POST /v1/chat/completions in the OpenAI format, over the very rpcs of the contract; true where it took the request. */
export function createOpenAiDoor(
  bindings: readonly Binding[],
  dispatch: Dispatch,
  maxBodyBytes: number,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const route = bindings.find(({ method }) => method === RouteService.method.route);
  const stream = bindings.find(({ method }) => method === StreamService.method.streamRoute);
  if (route?.kind !== "unary" || stream?.kind !== "server_streaming")
    throw new Error("the routing rpcs are not bound");

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const controller = new AbortController();
    response.on("close", () => controller.abort());
    const context = contextOf(request, controller.signal);
    const requestId = context.header("idempotency-key") ?? "";
    try {
      const chat = await readChat(request, maxBodyBytes).catch((error: unknown) => {
        throw error instanceof EngineError ? dispatch.refuse(route, error) : error;
      });
      if (!chat.stream) {
        const routed = (await dispatch.unary(
          route,
          create(RouteRequestSchema, { requestId, input: chat.input }),
          context,
        )) as RouteResponse;
        return sendJson(response, 200, chatCompletion(routed));
      }
      const streamRequest = create(StreamRouteRequestSchema, { requestId, input: chat.input });
      const events = received<Message>(
        (send, signal) => dispatch.stream(stream, streamRequest, { ...context, signal }, send),
        context.signal,
      );
      await writeEvents(
        response,
        events as AsyncIterable<StreamRouteResponse>,
        chat.includeUsage,
        controller.signal,
      );
    } catch (error) {
      const wire = error instanceof WireFailure ? error.wire : toWireError(error);
      if (response.headersSent) response.destroy();
      else sendError(response, wire);
    }
  };

  return (request, response) => {
    if (request.method !== "POST" || request.url?.split("?")[0] !== "/v1/chat/completions") return false;
    void answer(request, response);
    return true;
  };
}

async function writeEvents(
  response: ServerResponse,
  events: AsyncIterable<StreamRouteResponse>,
  includeUsage: boolean,
  signal: AbortSignal,
): Promise<void> {
  const chunksOf = createChunks(includeUsage);
  for await (const { event } of events) {
    if (!response.headersSent)
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    // A broken answer must not look like a whole one: no finish reason, no [DONE], and an error where there was no output.
    const failed =
      event.case === "finished" &&
      event.value.completion?.state !== CompletionState.COMPLETED &&
      event.value.completion?.state !== CompletionState.REFUSED;
    if (failed && event.value.completion?.errorReason) {
      const { message, errorReason } = event.value.completion;
      response.write(
        `data: ${JSON.stringify({ error: { message, type: "upstream_error", code: errorReason } })}\n\n`,
      );
      response.end();
      return;
    }
    for (const chunk of chunksOf(event)) {
      if (!response.write(`data: ${JSON.stringify(chunk)}\n\n`)) await drained(response, signal);
    }
  }
  response.end("data: [DONE]\n\n");
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

function contextOf(request: IncomingMessage, signal: AbortSignal): CallContext {
  const peer = peerOf(request);
  return {
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    peerAddress: peer.address,
    peerCertificate: peer.certificate,
    signal,
    timeoutMs: undefined,
  };
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes) throw invalid("", `the body is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function readChat(request: IncomingMessage, maxBytes: number): Promise<ReturnType<typeof parseChat>> {
  return parseBody(await readBody(request, maxBytes));
}

function parseBody(bytes: Buffer): ReturnType<typeof parseChat> {
  countJson(undefined, bytes);
  let body: unknown;
  try {
    body = JSON.parse(UTF8.decode(bytes));
  } catch {
    throw invalid("", "the body is not JSON in UTF-8");
  }
  refuseLongLists(body);
  try {
    return parseChat(body);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [first] = error.issues;
    throw invalid(first?.path.map(String).join(".") ?? "", first?.message ?? "is not understood");
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const MOST_MESSAGES = 1_000;
const MOST_PARTS = 256;

/** Before the members are looked at one by one, which takes far longer than to count them. */
function refuseLongLists(body: unknown): void {
  const { messages } = (body ?? {}) as { messages?: unknown };
  if (!Array.isArray(messages)) return;
  if (messages.length > MOST_MESSAGES) throw invalid("messages", `has more than ${MOST_MESSAGES} messages`);
  for (const [index, message] of messages.entries()) {
    const { content } = (message ?? {}) as { content?: unknown };
    if (Array.isArray(content) && content.length > MOST_PARTS)
      throw invalid(`messages.${index}.content`, `has more than ${MOST_PARTS} parts`);
  }
}

function invalid(field: string, description: string): EngineError {
  const message = field ? `${field}: ${description}` : description;
  return new EngineError(ErrorReason.INVALID_REQUEST, message, { fields: [{ field, description }] });
}

const STATUS: ReadonlyMap<Code, number> = new Map<Code, number>([
  [Code.INVALID_ARGUMENT, 400],
  [Code.FAILED_PRECONDITION, 400],
  [Code.OUT_OF_RANGE, 400],
  [Code.UNAUTHENTICATED, 401],
  [Code.PERMISSION_DENIED, 403],
  [Code.NOT_FOUND, 404],
  [Code.ALREADY_EXISTS, 409],
  [Code.RESOURCE_EXHAUSTED, 429],
  [Code.CANCELLED, 499],
  [Code.UNAVAILABLE, 503],
  [Code.DEADLINE_EXCEEDED, 504],
]);

function sendError(response: ServerResponse, { code, message, details }: WireError): void {
  const info = details.find(({ typeUrl }) => typeUrl.endsWith(ErrorInfoSchema.typeName));
  const retry = details.find(({ typeUrl }) => typeUrl.endsWith(RetryInfoSchema.typeName));
  const delay = retry && fromBinary(RetryInfoSchema, retry.value).retryDelay;
  if (delay) response.setHeader("retry-after", String(Math.ceil(toMilliseconds(delay) / 1000)));
  const status = STATUS.get(code) ?? 500;
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  sendJson(response, status, {
    error: { message, type, code: info ? fromBinary(ErrorInfoSchema, info.value).reason : null, param: null },
  });
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
