import { Agent, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpServer } from "./http-server.ts";

let server: Server | undefined;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

afterEach(async () => {
  agent.destroy();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  corsOrigins: readonly string[] = [],
): Promise<void> {
  server = createHttpServer({ tls: undefined, corsOrigins, handle });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
}

function port(): number {
  const address = server?.address() as AddressInfo | null | undefined;
  if (!address) throw new Error("the server does not listen");
  return address.port;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly localPort: number | undefined;
}

function ask(method: string, headers: Record<string, string>, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = send({ host: "127.0.0.1", port: port(), method, agent, headers }, (response) => {
      const { statusCode: status } = response;
      const localPort = response.socket.localPort;
      text(response).then(
        (said) => resolve({ status, headers: response.headers, body: said, localPort }),
        reject,
      );
    });
    call.once("error", reject);
    call.end(body);
  });
}

describe("a request that is answered before it was read to its end", () => {
  const refuseWhatHasABody = (request: IncomingMessage, response: ServerResponse): void => {
    const readOne = async (): Promise<void> => {
      for await (const _ of request) break;
      response.end(request.method === "POST" ? "too large" : "fine");
    };
    void readOne();
  };

  it("lets the next one on the same connection through", async () => {
    await serve(refuseWhatHasABody);
    const refused = await ask("POST", {}, Buffer.alloc(8 * 1024 * 1024));
    expect(refused.body).toBe("too large");
    const next = await ask("GET", {});
    expect(next).toMatchObject({ body: "fine", localPort: refused.localPort });
  });

  it("ends its connection where far too much is left", async () => {
    await serve(refuseWhatHasABody);
    const piece = Buffer.alloc(1024 * 1024);
    const ended = new Promise<number>((resolve) => {
      let sent = 0;
      const call = send({ host: "127.0.0.1", port: port(), method: "POST" }, (response) => response.resume());
      call.once("error", () => resolve(sent));
      const more = (error?: Error | null): void => {
        if (error || ++sent === 512) resolve(sent);
        else call.write(piece, more);
      };
      more();
    });
    expect(await ended).toBeLessThan(512);
  });
});

describe("browsers of other origins", () => {
  const origin = "https://app.example.com";
  const echo = (_: IncomingMessage, response: ServerResponse): void => void response.end("answered");
  const preflight = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,connect-protocol-version,authorization",
  };

  it("are told what they may send, before anything is served", async () => {
    await serve(echo, [origin]);
    const { status, headers, body } = await ask("OPTIONS", preflight);
    expect({ status, body }).toEqual({ status: 204, body: "" });
    expect(headers["access-control-allow-origin"]).toBe(origin);
    expect(headers["access-control-allow-methods"]?.split(", ")).toEqual(
      expect.arrayContaining(["GET", "POST"]),
    );
    const allowed = headers["access-control-allow-headers"]?.toLowerCase().split(", ");
    expect(allowed).toEqual(
      expect.arrayContaining([
        ...["content-type", "connect-protocol-version", "connect-timeout-ms"],
        ...["x-grpc-web", "grpc-timeout", "authorization", "x-api-key"],
      ]),
    );
  });

  it("may read an answer and a gRPC-Web status", async () => {
    await serve(echo, [origin]);
    const { headers, body } = await ask("POST", { origin }, Buffer.from("{}"));
    expect(body).toBe("answered");
    expect(headers["access-control-allow-origin"]).toBe(origin);
    expect(headers.vary).toBe("origin");
    const exposed = headers["access-control-expose-headers"]?.toLowerCase().split(", ");
    expect(exposed).toEqual(
      expect.arrayContaining(["grpc-status", "grpc-message", "grpc-status-details-bin"]),
    );
  });

  it("are told nothing where their origin is not allowed", async () => {
    await serve(echo, [origin]);
    const { headers } = await ask("OPTIONS", { ...preflight, origin: "https://other.example.com" });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("are all allowed by a star", async () => {
    await serve(echo, ["*"]);
    const { status, headers } = await ask("OPTIONS", preflight);
    expect({ status, origin: headers["access-control-allow-origin"] }).toEqual({ status: 204, origin });
  });
});
