import type { ServerResponse } from "node:http";
import type { Fault, ModelProfile } from "./profile.ts";
import type { Random } from "./random.ts";

/** Draws what goes wrong with a request; undefined where nothing does. */
export function drawFault(profile: ModelProfile, random: Random): Fault | undefined {
  if (profile.faults.length === 0) return undefined;
  let rest = random();
  for (const fault of profile.faults) {
    rest -= fault.rate;
    if (rest < 0) return fault;
  }
  return undefined;
}

/**
 * Plays a fault that replaces the answer.
 * @returns false for `cut`, which needs an answer to cut.
 */
export function playFault(fault: Fault, response: ServerResponse, streaming: boolean): boolean {
  switch (fault.kind) {
    case "rate_limited":
      sendError(response, 429, "rate_limit_exceeded", "Too many requests.", fault.retry_after_ms ?? 1_000);
      return true;
    case "server_error":
      sendError(response, 500, "server_error", "The simulated server failed.");
      return true;
    case "unavailable":
      sendError(response, 503, "overloaded", "The simulated server is overloaded.", fault.retry_after_ms);
      return true;
    case "hang":
      return true;
    case "reset":
      response.socket?.destroy();
      return true;
    case "html":
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><html><body><h1>Welcome to the proxy</h1></body></html>");
      return true;
    case "garbage":
      openAnswer(response, streaming);
      response.end(streaming ? "data: \u0001\u0002 not json }{\n\n" : "\u0001\u0002 not json }{");
      return true;
    case "half_json":
      openAnswer(response, streaming);
      response.end(
        `${streaming ? "data: " : ""}{"id":"half","object":"chat.completion","choices":[{"ind${streaming ? "\n\n" : ""}`,
      );
      return true;
    case "empty":
      openAnswer(response, streaming);
      response.end();
      return true;
    case "endless":
      openAnswer(response, streaming);
      writeForEver(response, streaming);
      return true;
    case "cut":
      return false;
  }
}

/** Sends an error in OpenAI's words. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  retryAfterMs?: number,
): void {
  const body = JSON.stringify({ error: { message, type: code, param: null, code } });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(retryAfterMs === undefined
      ? {}
      : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)), "retry-after-ms": String(retryAfterMs) }),
  });
  response.end(body);
}

function openAnswer(response: ServerResponse, streaming: boolean): void {
  response.writeHead(200, { "content-type": streaming ? "text/event-stream" : "application/json" });
}

/** Writes one line that never ends, at the pace of the reader, until it goes away. */
function writeForEver(response: ServerResponse, streaming: boolean): void {
  const filler = "x".repeat(16 * 1024);
  response.write(streaming ? "data: " : '{"choices":"');
  const pump = (): void => {
    if (response.destroyed) return;
    if (response.write(filler)) setImmediate(pump);
    else response.once("drain", pump);
  };
  pump();
}
