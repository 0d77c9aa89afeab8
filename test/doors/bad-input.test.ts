import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { Role, type RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteRequestSchema, RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { CallFailure, postRaw, sendRaw } from "../support/clients.ts";
import { inputOf, startTestService, type TestService } from "../support/service.ts";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  service.play({ texts: ["hello"] });
});
afterAll(() => service[Symbol.asyncDispose]());

const { route } = RouteService.method;
const malformed = [
  ["no JSON", "{ not json"],
  ["half a JSON", '{"input":{"turns":[{"role":"ROLE_USER","parts":[{"te'],
  ["an unknown enum value", '{"input":{"turns":[{"role":"ROLE_KING","parts":[{"text":"x"}]}]}}'],
  ["an unknown field", '{"input":{"turnss":[]}}'],
  [
    "a negative number",
    '{"input":{"turns":[{"role":"ROLE_USER","parts":[{"text":"x"}]}],"options":{"maxOutputTokens":-5}}}',
  ],
  [
    "a number too large",
    '{"input":{"turns":[{"role":"ROLE_USER","parts":[{"text":"x"}]}],"options":{"seed":4294967296}}}',
  ],
  ["a list in place of a message", "[]"],
  ["nothing", ""],
] as const;

describe("the HTTP door, given JSON that is no request", () => {
  it.each(malformed)("refuses %s", async (_name, body) => {
    const { status, text, failure } = await postRaw(service.app.httpAddress, route, body);
    expect(status).toBe(400);
    expect(failure).toMatchObject({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
    expect(failure?.detailTypes).toContain("google.rpc.BadRequest");
    expect(text).not.toMatch(/node_modules|\.ts:\d+/);
  });

  it("refuses bytes that are no UTF-8", async () => {
    const body = Buffer.concat([
      Buffer.from('{"requestId":"'),
      Buffer.from([0xff, 0xfe, 0xc0]),
      Buffer.from('"}'),
    ]);
    const { status, failure } = await postRaw(service.app.httpAddress, route, new Uint8Array(body));
    expect(status).toBe(400);
    expect(failure).toMatchObject({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
    expect(failure?.message).toContain("utf-8");
  });

  it("knows no other method, path or content type", async () => {
    const base = `http://${service.app.httpAddress}`;
    expect(
      (await fetch(`${base}/pointsman.v1.RouteService/Nothing`, { method: "POST", body: "{}" })).status,
    ).toBe(404);
    const { status, text } = await postRaw(service.app.httpAddress, route, "{}", "text/plain");
    expect([status, text]).toEqual([
      415,
      'The content type "text/plain" is not served by Route: use application/json or application/proto.\n',
    ]);
    const grpc = await postRaw(service.app.httpAddress, route, "", "application/grpc");
    expect([grpc.status, grpc.text]).toEqual([415, expect.stringContaining("listen.grpc")]);
    const got = await fetch(`${base}/pointsman.v1.RouteService/Route`);
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
    expect(got.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await got.text()).toBe("GET is not how Route is called: use POST.\n");
  });

  it.each([
    ["a timeout that is none", { "connect-timeout-ms": "soon" }, 400, "INVALID_ARGUMENT"],
    ["a timeout of a year", { "connect-timeout-ms": "9999999999" }, 400, "INVALID_ARGUMENT"],
    ["a compression that nobody knows", { "content-encoding": "zip" }, 501, "UNIMPLEMENTED"],
    ["a compression that it is not", { "content-encoding": "gzip" }, 400, "INVALID_ARGUMENT"],
  ])("refuses %s", async (_name, headers, wanted, code) => {
    const body = JSON.stringify({ input: {} });
    const { status, failure } = await postRaw(service.app.httpAddress, route, body, undefined, headers);
    expect(status).toBe(wanted);
    expect(failure).toMatchObject({ code, reason: "INVALID_REQUEST" });
  });

  it("says the same in the words of Connect's streams and of gRPC-Web", async () => {
    const { streamRoute } = StreamService.method;
    const json = Buffer.from("{ not json");
    const enveloped = new Uint8Array(Buffer.concat([Buffer.from([0, 0, 0, 0, json.length]), json]));
    const stream = await postRaw(service.app.httpAddress, streamRoute, enveloped, "application/connect+json");
    const end = JSON.parse(stream.text.slice(5));
    expect(end.error).toMatchObject({ code: "invalid_argument" });
    expect(end.error.details.map(({ type }: { type: string }) => type)).toContain("google.rpc.ErrorInfo");
    for (const method of [route, streamRoute]) {
      const type = "application/grpc-web+json";
      const { text } = await postRaw(service.app.httpAddress, method, enveloped, type);
      expect(text).toContain("grpc-status: 3");
      expect(text).toContain("grpc-status-details-bin: ");
    }
  });

  it("says the same of what is asked in an address", async () => {
    const path = `http://${service.app.httpAddress}/pointsman.v1.RouteService/ListTargets?connect=v1&encoding=json`;
    expect((await fetch(`${path}&message=%7B%7D`)).status).toBe(200);
    for (const message of ["message=%7Bnot", "base64=1&message=%21%21"]) {
      const response = await fetch(`${path}&${message}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_argument", details: [{}, {}] });
    }
  });
});

describe("the gRPC door, given bytes that are no request", () => {
  it.each([
    ["noise", Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07])],
    ["a message cut short", Buffer.from([0x12, 0x7f, 0x0a])],
    ["a text that is no UTF-8", Buffer.from([0x0a, 0x03, 0xff, 0xfe, 0xc0])],
  ])("refuses %s", async (_name, bytes) => {
    const failure = await failureOf(sendRaw(service.app.grpcAddress, route, bytes));
    expect(failure).toMatchObject({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
    expect(failure.detailTypes).toContain("google.rpc.BadRequest");
  });
});

/** Requests that are well formed and break a limit, each with the path that the answer must name. */
const outOfBounds: readonly (readonly [string, MessageInitShape<typeof RouteInputSchema>, string])[] = [
  ["no turns", { turns: [] }, "input.turns"],
  ["a turn without parts", { turns: [{ role: Role.USER, parts: [] }] }, "input.turns[0].parts"],
  [
    "a role that nobody knows",
    { turns: [{ ...inputOf("x").turns?.[0], role: 99 as Role }] },
    "input.turns[0].role",
  ],
  ["a temperature below 0", { ...inputOf("x"), options: { temperature: -1 } }, "input.options.temperature"],
  [
    "a temperature that is no number",
    { ...inputOf("x"), options: { temperature: Number.NaN } },
    "input.options.temperature",
  ],
  ["a difficulty over 1", { ...inputOf("x"), hints: { difficulty: 2 } }, "input.hints.difficulty"],
  ["a floor below 0", { ...inputOf("x"), hints: { qualityFloor: -0.1 } }, "input.hints.quality_floor"],
  [
    "33 labels",
    { ...inputOf("x"), labels: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`l${at}`, "x"])) },
    "input.labels",
  ],
  [
    "a conversation id of 129 characters",
    { ...inputOf("x"), conversationId: "c".repeat(129) },
    "input.conversation_id",
  ],
  [
    "1,001 turns",
    { turns: Array.from({ length: 1_001 }, () => inputOf("x").turns?.[0] ?? {}) },
    "input.turns",
  ],
];

describe.each([0, 1])("both doors, given a request out of bounds (door %i)", (door) => {
  it.each(outOfBounds)("name the field of %s", async (_name, input, path) => {
    const client = service.clients[door];
    const failure = await failureOf(client?.unary(route, { input }));
    expect(failure).toMatchObject({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
    expect(failure.message.startsWith(path)).toBe(true);
    expect(failure.detailTypes).toContain("google.rpc.BadRequest");
    const streamed = await failureOf(collect(client?.stream(StreamService.method.streamRoute, { input })));
    expect(streamed).toMatchObject({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
  });

  it("say what is wrong with cursors, tokens and ids", async () => {
    const client = service.clients[door];
    const { getRecord, listRecords, watchEntries } = AuditService.method;
    expect(await failureOf(client?.unary(listRecords, { pageToken: "made-up" }))).toMatchObject({
      reason: "INVALID_CURSOR",
    });
    expect(await failureOf(collect(client?.stream(watchEntries, { cursor: "made-up" })))).toMatchObject({
      reason: "INVALID_CURSOR",
    });
    expect(await failureOf(client?.unary(getRecord, { decisionId: "nobody" }))).toMatchObject({
      code: "NOT_FOUND",
      reason: "RECORD_NOT_FOUND",
    });
  });

  it("serve the next request as if nothing had been", async () => {
    const answer = await service.clients[door]?.unary(route, { input: inputOf("Still there?") });
    expect(answer?.completion?.parts[0]?.content.value).toBe("hello");
  });
});

describe("a request that is large in number or in size", () => {
  it("is refused over gRPC before its million empty turns become objects", async () => {
    const started = performance.now();
    const failure = await failureOf(sendRaw(service.app.grpcAddress, route, emptyTurns(1_000_000)));
    expect(failure).toMatchObject({ code: "INVALID_ARGUMENT", reason: "INVALID_REQUEST" });
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it.each(["application/json", "application/proto"])(
    "is refused over HTTP as %s, and nobody else waits long",
    async (type) => {
      const body =
        type === "application/json"
          ? `{"input":{"turns":[${"{},".repeat(999_999)}{}]}}`
          : new Uint8Array(emptyTurns(1_000_000));
      const started = performance.now();
      const [{ status, failure }, healthy] = await Promise.all([
        postRaw(service.app.httpAddress, route, body, type),
        fetch(`http://${service.app.httpAddress}/healthz`),
      ]);
      expect(status).toBe(400);
      expect(failure?.message).toBe("input.turns: has more than 1000 turns");
      expect(healthy.status).toBe(200);
      expect(performance.now() - started).toBeLessThan(60_000);
    },
  );

  it("is refused where it is larger than the limit", async () => {
    const input = inputOf("x".repeat(17 * 1024 * 1024));
    const bytes = toBinary(RouteRequestSchema, create(RouteRequestSchema, { input }));
    const body = new Uint8Array(bytes);
    const { status, failure } = await postRaw(service.app.httpAddress, route, body, "application/proto");
    expect(status).toBe(429);
    for (const one of [failure, await failureOf(sendRaw(service.app.grpcAddress, route, bytes))]) {
      expect(one).toMatchObject({
        code: "RESOURCE_EXHAUSTED",
        reason: "INVALID_REQUEST",
        metadata: { max_message_bytes: "16777216" },
        message: "The request is larger than 16777216 bytes.",
      });
      expect(one?.detailTypes).toContain("google.rpc.BadRequest");
    }
  });
});

describe("a request that cannot be read", () => {
  const counted = async (code: number): Promise<number> => {
    const text = await (await fetch(`http://${service.app.httpAddress}/metrics`)).text();
    const name = `pointsman_rpc_calls_total{method="pointsman.v1.RouteService/Route",code="${code}"}`;
    const line = text.split("\n").find((one) => one.startsWith(name));
    return Number(line?.slice(name.length) ?? 0);
  };

  it("is counted like every other call, through whichever door it came", async () => {
    const before = await counted(3);
    await failureOf(sendRaw(service.app.grpcAddress, route, Buffer.from([0x12, 0x7f, 0x0a])));
    await expect.poll(() => counted(3)).toBe(before + 1);
    await postRaw(service.app.httpAddress, route, "{ not json");
    await expect.poll(() => counted(3)).toBe(before + 2);
    const chat = `http://${service.app.httpAddress}/v1/chat/completions`;
    expect((await fetch(chat, { method: "POST", body: "{ not json" })).status).toBe(400);
    await expect.poll(() => counted(3)).toBe(before + 3);
  });

  it("is counted once where it is too large", async () => {
    const before = await counted(8);
    const bytes = Buffer.alloc(17 * 1024 * 1024);
    await failureOf(sendRaw(service.app.grpcAddress, route, bytes));
    await expect.poll(() => counted(8)).toBe(before + 1);
    await postRaw(service.app.httpAddress, route, new Uint8Array(bytes), "application/proto");
    await expect.poll(() => counted(8)).toBe(before + 2);
  });
});

function emptyTurns(count: number): Buffer {
  const input = Buffer.alloc(count * 2);
  for (let at = 0; at < input.length; at += 2) input[at] = 0x0a;
  return Buffer.from(new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(input).finish());
}

async function collect(stream: AsyncIterable<unknown> | undefined): Promise<void> {
  if (!stream) throw new Error("no such door");
  for await (const _event of stream);
}

async function failureOf(promise: Promise<unknown> | undefined): Promise<CallFailure> {
  const failure = await promise?.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof CallFailure) return failure;
  throw new Error("the call should have failed", { cause: failure });
}
