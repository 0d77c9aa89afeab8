import type { HandlerContext } from "@connectrpc/connect";
import type { Header } from "./gen/connectrpc/conformance/v1/service_pb.ts";
import type { Answering } from "./grpc-headers.ts";

/** Lets a handler answer with headers and trailers over HTTP. */
export function headersOf(context: HandlerContext): Answering {
  const append = (to: Headers, headers: readonly Header[]): void => {
    for (const { name, value } of headers) for (const item of value) to.append(name, item);
  };
  return {
    requestHeaders: () => context.requestHeader.entries(),
    query: context.requestMethod === "GET" ? new URL(context.url).searchParams : undefined,
    sendHeaders: (headers) => append(context.responseHeader, headers),
    setTrailers: (trailers) => append(context.responseTrailer, trailers),
  };
}
