import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a provider sent. */
interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** How a request is answered. The socket is there for what HTTP does not allow. */
type Script = (response: ServerResponse, socket: Socket, request: SeenRequest) => void;

/** A real HTTP server on 127.0.0.1 that does what it is told. */
export interface ScriptedServer {
  readonly url: string;
  /** What is done with every request from now on. */
  script: Script;
  readonly seen: SeenRequest[];
  /** Sockets that are open at this moment. */
  openSockets(): number;
  close(): Promise<void>;
}

/** Starts a server; its first script answers 500. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const seen: SeenRequest[] = [];
  const state: { script: Script } = { script: (response) => response.writeHead(500).end() };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const entry = { path: request.url ?? "", headers: request.headers, body: JSON.parse(text) as unknown };
      seen.push(entry);
      state.script(response, request.socket, entry);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get script() {
      return state.script;
    },
    set script(script) {
      state.script = script;
    },
    seen,
    openSockets: () => sockets.size,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Answers with a JSON text. */
export function sendJson(
  response: ServerResponse,
  body: string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

/** Opens an event stream. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
}
