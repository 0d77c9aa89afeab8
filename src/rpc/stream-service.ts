import { create } from "@bufbuild/protobuf";
import { StreamRouteResponseSchema, StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import type { Engine } from "../engine/engine.ts";
import { type Binding, serverStreaming } from "./handler.ts";
import { isBatch } from "./is-batch.ts";
import { requireInput, validateRequestId } from "./validate.ts";

/** Binds StreamService to the engine. */
export function bindStreamService(engine: Engine): Binding[] {
  return [
    serverStreaming(
      StreamService.method.streamRoute,
      ["caller"],
      async (request, context, send) => {
        validateRequestId(request.requestId);
        const call = {
          requestId: request.requestId,
          input: requireInput(request.input),
          caller: context.caller,
          streaming: true,
          signal: context.signal,
          timeoutMs: context.timeoutMs,
        };
        await engine.stream(call, (event) => send(create(StreamRouteResponseSchema, { event })));
      },
      isBatch,
    ),
  ];
}
