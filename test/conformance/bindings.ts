import { create } from "@bufbuild/protobuf";
import { WireFailure } from "../../src/rpc/dispatch.ts";
import { type Binding, type HandlerContext, serverStreaming, unary } from "../../src/rpc/handler.ts";
import { answerStream, answerUnary, type Hooks, WantedError } from "./answers.ts";
import {
  ConformanceService,
  IdempotentUnaryRequestSchema,
  IdempotentUnaryResponseSchema,
  ServerStreamResponseSchema,
  UnaryRequestSchema,
  UnaryResponseSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** Binds the suite's service as Pointsman's services are bound. */
export function bindConformanceService(hooksOf: (context: HandlerContext) => Hooks): Binding[] {
  const { method } = ConformanceService;
  return [
    unary(method.unary, ["caller"], async (message, context) => {
      const payload = await wanted(answerUnary(UnaryRequestSchema, message, hooksOf(context)));
      return create(UnaryResponseSchema, { payload });
    }),
    unary(method.idempotentUnary, ["caller"], async (message, context) => {
      const payload = await wanted(answerUnary(IdempotentUnaryRequestSchema, message, hooksOf(context)));
      return create(IdempotentUnaryResponseSchema, { payload });
    }),
    serverStreaming(method.serverStream, ["caller"], async (message, context, send) => {
      const sent = async (): Promise<void> => {
        for await (const payload of answerStream(message, hooksOf(context))) {
          await send(create(ServerStreamResponseSchema, { payload }));
        }
      };
      await wanted(sent());
    }),
  ];
}

function wanted<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof WantedError)) throw error;
    const { code, message, details } = error;
    throw new WireFailure({ code: code as never, message, details, unforeseen: false }, error);
  });
}
