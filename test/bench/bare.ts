import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { Pool } from "undici";
import {
  CompletionSchema,
  CompletionState,
  FinishReason,
  UsageSchema,
} from "#gen/pointsman/v1/completion_pb.ts";
import { PartSchema, Role } from "#gen/pointsman/v1/route_input_pb.ts";
import {
  type RouteRequest,
  RouteRequestSchema,
  type RouteResponse,
  RouteResponseSchema,
} from "#gen/pointsman/v1/route_service_pb.ts";

/**
 * The least that can be in the place of Pointsman: a handler on @grpc/grpc-js with the same messages, that makes the same
 * call upstream and does nothing else.
 */
const pool = new Pool(process.argv[2]!, { connections: 512, pipelining: 1 });
const counts = { ok: 0, failed: 0 };

async function answer({ input }: RouteRequest): Promise<RouteResponse> {
  const messages = (input?.turns ?? []).map(({ role, parts }) => ({
    role: role === Role.SYSTEM ? "system" : "user",
    content: parts.map(({ content }) => (content.case === "text" ? content.value : "")).join(""),
  }));
  const { body } = await pool.request({
    path: "/v1/chat/completions",
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer bench" },
    body: JSON.stringify({ model: "bench", messages }),
  });
  const { choices, usage } = (await body.json()) as {
    choices: { message: { content: string } }[];
    usage: { prompt_tokens: number; completion_tokens: number };
  };
  return create(RouteResponseSchema, {
    completion: create(CompletionSchema, {
      state: CompletionState.COMPLETED,
      finishReason: FinishReason.STOP,
      parts: [create(PartSchema, { content: { case: "text", value: choices[0]?.message.content ?? "" } })],
      usage: create(UsageSchema, { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens }),
    }),
  });
}

const server = new Server();
server.addService(
  {
    route: {
      path: "/pointsman.v1.RouteService/Route",
      requestStream: false,
      responseStream: false,
      requestSerialize: (message: RouteRequest) => Buffer.from(toBinary(RouteRequestSchema, message)),
      requestDeserialize: (bytes: Buffer) => fromBinary(RouteRequestSchema, bytes),
      responseSerialize: (message: RouteResponse) => Buffer.from(toBinary(RouteResponseSchema, message)),
      responseDeserialize: (bytes: Buffer) => fromBinary(RouteResponseSchema, bytes),
    },
  },
  {
    route(call: ServerUnaryCall<RouteRequest, RouteResponse>, callback: sendUnaryData<RouteResponse>) {
      answer(call.request).then(
        (response) => {
          counts.ok += 1;
          callback(null, response);
        },
        (error: Error) => {
          counts.failed += 1;
          callback({ code: status.UNAVAILABLE, details: error.message });
        },
      );
    },
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.send?.({ addresses: [`127.0.0.1:${port}`] });
});
process.on("message", () => process.send?.({ counts }));
process.on("disconnect", () => process.exit());
