import { Metadata, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import type { Hooks } from "./answers.ts";
import type { Header } from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** Names the call to its handler. */
export const CALL_HEADER = "x-conformance-call";

/** What a handler may do about headers. */
export type Answering = Omit<Hooks, "timeoutMs">;

/**
 * Keeps what comes in under the name that handlers find in the header `CALL_HEADER`, and holds the headers back until the handler has
 * said which: neither handlers nor their answers have any in Pointsman's own contract.
 */
export function headersFor(calls: Map<string, Answering>): ServerInterceptor {
  let last = 0;
  return (_, call) => {
    const id = String(++last);
    let received = new Metadata();
    let trailers: readonly Header[] = [];
    const headers = new Metadata();
    let release: (() => void) | undefined;
    let said = false;
    let sent = false;
    const send = (): void => {
      said = true;
      release?.();
      release = undefined;
    };
    calls.set(id, {
      requestHeaders: () => pairsOf(received),
      query: undefined,
      sendHeaders(more) {
        add(headers, more);
        send();
      },
      setTrailers(more) {
        trailers = more;
      },
    });
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, forward) {
            received = metadata.clone();
            metadata.set(CALL_HEADER, id);
            forward(metadata);
          },
        }),
      sendMetadata(_, next) {
        release = () => {
          sent = true;
          next(headers);
        };
        if (said) send();
      },
      sendMessage(message, next) {
        send();
        next(message);
      },
      sendStatus(status, next) {
        send();
        calls.delete(id);
        // A call that fails before its first message has no headers of its own in grpc-js, only trailers.
        if (!sent && Object.keys(headers.getMap()).length > 0) call.sendMetadata(headers);
        const metadata = status.metadata?.clone() ?? new Metadata();
        add(metadata, trailers);
        // grpc-js says "OK" where the suite wants no message; every client ignores it.
        next({ ...status, metadata, details: status.code === 0 ? "" : status.details });
      },
    });
  };
}

function add(metadata: Metadata, headers: readonly Header[]): void {
  for (const { name, value } of headers) {
    for (const item of value) {
      metadata.add(name, name.endsWith("-bin") ? Buffer.from(item, "base64") : item);
    }
  }
}

function* pairsOf(metadata: Metadata): Generator<[string, string]> {
  for (const name of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(name)) {
      yield [name, typeof value === "string" ? value : value.toString("base64")];
    }
  }
}
