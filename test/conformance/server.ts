import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { openConformanceDoors } from "./doors.ts";
import { Protocol } from "./gen/connectrpc/conformance/v1/config_pb.ts";
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";

/** The server under test: reads from standard input how to serve, says on standard output where, and is killed. */
const request = fromBinary(ServerCompatRequestSchema, await readFrame());
const doors = await openConformanceDoors(request);
const address = request.protocol === Protocol.GRPC ? doors.grpcAddress : doors.httpAddress;
const port = Number(address.slice(address.lastIndexOf(":") + 1));
const response = create(ServerCompatResponseSchema, {
  host: "127.0.0.1",
  port,
  ...(request.useTls && request.serverCreds && { pemCert: request.serverCreds.cert }),
});
const bytes = toBinary(ServerCompatResponseSchema, response);
const size = Buffer.alloc(4);
size.writeUInt32BE(bytes.length);
process.stdout.write(Buffer.concat([size, bytes]));

async function readFrame(): Promise<Uint8Array> {
  let received = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.length < 4) continue;
    const end = 4 + received.readUInt32BE(0);
    if (received.length >= end) return received.subarray(4, end);
  }
  throw new Error("standard input ended too early");
}
