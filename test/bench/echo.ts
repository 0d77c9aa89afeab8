import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { CompletionSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import {
  type RouteRequest,
  type RouteResponse,
  RouteResponseSchema,
  RouteService,
} from "#gen/pointsman/v1/route_service_pb.ts";
import { createDispatch } from "../../src/rpc/dispatch.ts";
import { addGrpcServices } from "../../src/rpc/grpc-server.ts";
import { unary } from "../../src/rpc/handler.ts";

/** Says back what it is told, behind Pointsman's own gRPC door and behind connect-node: what each transport costs. */
function echo({ input }: RouteRequest): RouteResponse {
  const completion = create(CompletionSchema, { parts: input?.turns.at(-1)?.parts ?? [] });
  return create(RouteResponseSchema, { completion });
}

const caller = create(CallerSchema, { tenant: "bench", roles: ["caller"] });
const dispatch = createDispatch({
  identify: () => caller,
  maxInFlight: 2_000,
  maxInFlightBatch: 2_000,
  monotonic: () => performance.now(),
  ended: () => undefined,
});
const own = new Server();
addGrpcServices(
  own,
  [unary(RouteService.method.route, ["caller"], async (request) => echo(request))],
  dispatch,
);

const connect = createServer(
  connectNodeAdapter({ routes: (router) => router.rpc(RouteService.method.route, echo) }),
);
connect.listen(0, "127.0.0.1", () => {
  own.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    const connectPort = (connect.address() as AddressInfo).port;
    process.send?.({ addresses: [`127.0.0.1:${port}`, `127.0.0.1:${connectPort}`] });
  });
});
process.on("disconnect", () => process.exit());
