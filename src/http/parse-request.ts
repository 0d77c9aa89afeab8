import {
  type DescMethod,
  fromBinary,
  fromJsonString,
  type JsonReadOptions,
  type Message,
} from "@bufbuild/protobuf";
import { ConnectError, createContextKey, createContextValues, type Interceptor } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { countFields } from "../rpc/count-fields.ts";
import { invalidRequest, toConnectError } from "./connect-error.ts";
import { countJson } from "./count-json.ts";
import { readMessage } from "./read-message.ts";
import { asPost, emptyMessage, formatOf, type RequestFormat, takeHeaders } from "./request-format.ts";
import { explainRefusal } from "./unserved.ts";

/** Bounds and ways of reading requests. */
export interface ParseOptions {
  readonly maxMessageBytes: number;
  /** The longest deadline that is taken, in milliseconds. */
  readonly maxTimeoutMs: number;
  readonly jsonOptions?: Partial<JsonReadOptions>;
  /** Takes note of a request that cannot be read. @returns what goes on the wire. */
  refuse(method: DescMethod, error: unknown): Error;
}

/** The request that was parsed, on its way past Connect's own parser. */
const parsedKey = createContextKey<Message | undefined>(undefined);

/**
 * Makes a handler whose requests are parsed here and not by Connect: so that what is too much is refused before it becomes
 * objects, and so that whatever is wrong is told with the reason and the details that every other error has. Connect gets
 * an empty message in the same format, and tells an error in its protocol's words; `takeParsed` puts the request in place.
 */
export function parseBefore(handler: UniversalHandler, options: ParseOptions): UniversalHandler {
  const { method } = handler;
  const handle = async (request: UniversalServerRequest): ReturnType<UniversalHandler> => {
    const posted = request.method === "GET" ? asPost(request, method) : request;
    const format = posted && formatOf(posted, method);
    if (!posted || !format) return explainRefusal(await handler(request), request, method);
    const { compression, problem } = takeHeaders(posted.header, format, options.maxTimeoutMs);
    const values = posted.contextValues ?? createContextValues();
    const received = posted.body as AsyncIterable<Uint8Array>;
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        if (problem) throw problem;
        const bytes = await readMessage(received, format!, compression, options.maxMessageBytes);
        values.set(parsedKey, parse(method, format!, bytes, options));
      } catch (error) {
        // Connect's own are about the connection: whoever would read the details has gone.
        throw error instanceof ConnectError ? error : toConnectError(options.refuse(method, error));
      }
      yield emptyMessage(format!);
    }
    return handler({ ...posted, body: body(), contextValues: values });
  };
  return Object.assign(handle, handler);
}

/** Gives handlers what was parsed in place of Connect's empty message. */
export const takeParsed: Interceptor = (next) => (request) => {
  const message = request.contextValues.get(parsedKey);
  if (!request.stream) return next(message ? { ...request, message } : request);
  const { message: received, contextValues } = request;
  async function* messages(): AsyncGenerator<Message> {
    for await (const empty of received) yield contextValues.get(parsedKey) ?? empty;
  }
  return next({ ...request, message: messages() });
};

/** @throws EngineError INVALID_REQUEST */
function parse(
  method: DescMethod,
  { isJson }: RequestFormat,
  bytes: Buffer,
  { jsonOptions }: ParseOptions,
): Message {
  if (isJson) countJson(method.input, bytes);
  else countFields(method, bytes);
  try {
    if (!isJson) return fromBinary(method.input, bytes);
    // As Connect does: a newer client may know fields that this service does not.
    return fromJsonString(method.input, UTF8.decode(bytes), { ignoreUnknownFields: true, ...jsonOptions });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "malformed";
    throw invalidRequest(`The request is not a valid ${method.input.typeName}: ${why}.`);
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
