import { createServer, type Socket } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { openConformanceDoors } from "./doors.ts";
import { Protocol } from "./gen/connectrpc/conformance/v1/config_pb.ts";
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";

/**
 * The server under test: `node server.ts SOCKET` listens there, and says so. Whoever connects says how to serve, is told
 * where, and is served until he leaves. The suite gives a server ten seconds to start, which on a slow machine are too few
 * to load a program: so it is this one for all, and what the suite starts is `server-link.ts`.
 */
createServer((socket) => {
  serve(socket).catch((error: unknown) => {
    console.error(error);
    socket.destroy();
  });
}).listen(process.argv[2], () => console.log("ready"));

async function serve(socket: Socket): Promise<void> {
  const left = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined);
  const request = fromBinary(ServerCompatRequestSchema, await readFrame(socket));
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
  socket.write(Buffer.concat([size, bytes]));
  await left;
  await doors.close();
}

function readFrame(socket: Socket): Promise<Uint8Array> {
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const end = 4 + received.readUInt32BE(0);
      if (received.length >= end) resolve(received.subarray(4, end));
    });
    socket.once("close", () => reject(new Error("it left before it said how to serve")));
  });
}
