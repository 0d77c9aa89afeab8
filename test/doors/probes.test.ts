import { once } from "node:events";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Client, credentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { inputOf, startTestService, type TestService } from "../support/service.ts";

let service: TestService;
let probe: Client;
beforeAll(async () => {
  service = await startTestService();
  service.play({ texts: ["hello"] });
  probe = new Client(service.app.grpcAddress, credentials.createInsecure());
});
afterAll(async () => {
  probe.close();
  await service[Symbol.asyncDispose]();
});

/** Health's messages are a string in field 1 and a number in field 1: small enough to be written by hand. */
const healthRequest = (name: string): Buffer =>
  Buffer.from([...(name ? [0x0a, name.length] : []), ...Buffer.from(name)]);

function checkHealth(name: string): Promise<number | string> {
  return new Promise((resolve) => {
    const same = (bytes: Buffer): Buffer => bytes;
    probe.makeUnaryRequest("/grpc.health.v1.Health/Check", same, same, healthRequest(name), (error, bytes) =>
      resolve(error ? error.code : (bytes?.[1] ?? 0)),
    );
  });
}

describe("gRPC health", () => {
  it.each(["", "pointsman.v1.RouteService", "pointsman.v1.StreamService", "pointsman.v1.AuditService"])(
    "says that %j serves",
    async (name) => expect(await checkHealth(name)).toBe(1),
  );

  it("knows no other service", async () => expect(await checkHealth("pointsman.v1.Nothing")).toBe(5));
});

describe("gRPC reflection", () => {
  it.each(["v1", "v1alpha"])("lists the services and gives their files (%s)", async (version) => {
    const definition = loadSync(
      new URL(
        "../../node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto",
        import.meta.url,
      ).pathname,
    );
    const method = (
      definition["grpc.reflection.v1.ServerReflection"] as unknown as Record<string, ReflectionMethod>
    ).ServerReflectionInfo as ReflectionMethod;
    const call = probe.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      method.requestSerialize,
      method.responseDeserialize,
    );
    const ask = async (request: object): Promise<ReflectionAnswer> => {
      call.write(request);
      const [answer] = await once(call, "data");
      return answer as ReflectionAnswer;
    };
    const { listServicesResponse } = await ask({ listServices: "*" });
    const names = listServicesResponse?.service.map(({ name }) => name) ?? [];
    for (const name of ["RouteService", "StreamService", "AuditService"])
      expect(names).toContain(`pointsman.v1.${name}`);
    const { fileDescriptorResponse } = await ask({ fileContainingSymbol: "pointsman.v1.RouteService" });
    const files =
      fileDescriptorResponse?.fileDescriptorProto.map((bytes) =>
        fromBinary(FileDescriptorProtoSchema, bytes),
      ) ?? [];
    const [own] = files;
    expect(own?.name).toBe("pointsman/v1/route_service.proto");
    // A client that links strictly needs every file, each naming what it imports.
    const given = new Map(files.map((file) => [file.name, file]));
    expect(files.flatMap(({ dependency }) => dependency.filter((name) => !given.has(name)))).toEqual([]);
    expect(own?.dependency).toContain("pointsman/v1/decision.proto");
    call.end();
  });
});

interface ReflectionMethod {
  readonly requestSerialize: (request: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
}

describe("the HTTP door's pages", () => {
  const get = (path: string): Promise<Response> => fetch(`http://${service.app.httpAddress}${path}`);

  it("says that it lives and is ready", async () => {
    expect(await (await get("/healthz")).text()).toBe("ok\n");
    const ready = await get("/readyz");
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ ready: true, draining: false, problems: [] });
  });

  it("counts calls, by method and code, in the format of Prometheus", async () => {
    for (const client of service.clients)
      await client.unary(RouteService.method.route, { input: inputOf("Count me.") });
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=/);
    const lines = (await response.text()).split("\n");
    expect(lines.some((line) => /RouteService\/Route/.test(line) && / [2-9]\d*$/.test(line))).toBe(true);
    const samples = lines.filter((line) => line !== "" && !line.startsWith("#"));
    expect(
      samples.filter((line) => !/^[a-zA-Z_:][\w:]*(\{.*\})? (NaN|[+-]?Inf|[-+\d.e]+)$/.test(line)),
    ).toEqual([]);
  });

  it("tells lost people where to go", async () => {
    expect((await get("/nowhere")).status).toBe(404);
    expect(await (await get("/")).text()).toContain("/pointsman.v1.RouteService/Route");
    expect((await fetch(`http://${service.app.httpAddress}/nowhere`, { method: "POST" })).status).toBe(404);
  });
});
