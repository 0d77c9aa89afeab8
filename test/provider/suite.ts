import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { createProvider } from "../../src/provider/create.ts";
import type { Provider } from "../../src/provider/provider.ts";
import type { ProviderSettings } from "../../src/provider/settings.ts";
import { freePort } from "../support/free-ports.ts";
import { collect, failureOf, fold, makeCall, watchAbort } from "./calls.ts";
import { openStream, type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

/** What a dialect brings to the suite: the same small answers in its own words. */
export interface DialectCase {
  readonly settings: ProviderSettings;
  /** A whole answer saying "Grüße, 世界 🌍!", with 10 tokens in and 5 out. */
  readonly whole: string;
  /** The same answer as payloads of a stream, the terminal marker last. */
  readonly chunks: readonly string[];
  /** How many of the chunks, from the end, are the terminal marker or follow it. */
  readonly terminalCount: number;
  /** A stream that calls the tool "weather" with {"city":"Paris"}, then "clock" with {}. */
  readonly toolChunks: readonly string[];
  /** An error's body for status 400, saying "model-1 has no wings". */
  readonly error: string;
}

/** The text of the suite's answers. */
export const GREETING = "Grüße, 世界 🌍!";

const SECRET = "sk-suite-0123456789abcdef0123456789abcdef";

/** What every dialect over HTTP must do, against real sockets. */
export function describeDialect(name: string, dialect: DialectCase): void {
  describe(`${name} over HTTP`, () => {
    let server: ScriptedServer;
    let provider: Provider;

    beforeAll(async () => {
      server = await startScriptedServer();
    });
    afterAll(() => server.close());
    afterEach(() => provider.close());

    function start(extra: Partial<ProviderSettings> = {}): void {
      provider = createProvider({ ...dialect.settings, baseUrl: server.url, apiKey: SECRET, ...extra });
    }
    const sse = (chunks: readonly string[]): string => chunks.map((chunk) => `data: ${chunk}\n\n`).join("");

    test("a whole answer", async () => {
      start();
      server.script = (response) => sendJson(response, dialect.whole);
      const answer = fold(await collect(provider, makeCall(false)));
      expect(answer.text).toBe(GREETING);
      expect(answer.finished).toBe(FinishReason.STOP);
      expect(answer.usage).toMatchObject({ inputTokens: 10, outputTokens: 5, estimated: false });
    });

    test("a stream, cut at every byte, characters included", async () => {
      start();
      server.script = (response) => {
        openStream(response);
        const bytes = Buffer.from(sse(dialect.chunks));
        void (async () => {
          for (const byte of bytes) {
            response.write(Buffer.from([byte]));
            if (byte > 0x7f) await new Promise(setImmediate);
          }
          response.end();
        })();
      };
      const answer = fold(await collect(provider, makeCall(true)));
      expect(answer.text).toBe(GREETING);
      expect(answer.finished).toBe(FinishReason.STOP);
      expect(answer.usage).toMatchObject({ inputTokens: 10, outputTokens: 5 });
    });

    test("a streamed question that is answered whole", async () => {
      start();
      server.script = (response) => sendJson(response, dialect.whole);
      expect(fold(await collect(provider, makeCall(true))).text).toBe(GREETING);
    });

    test("tool calls, numbered from 0, arguments in order", async () => {
      start();
      server.script = (response) => {
        openStream(response);
        response.end(sse(dialect.toolChunks));
      };
      const answer = fold(await collect(provider, makeCall(true)));
      expect(answer.toolCalls.map(({ name: tool }) => tool)).toEqual(["weather", "clock"]);
      expect(answer.toolCalls.map(({ arguments: text }) => JSON.parse(text))).toEqual([
        { city: "Paris" },
        {},
      ]);
      expect(new Set(answer.toolCalls.map(({ callId }) => callId)).size).toBe(2);
      expect(answer.finished).toBe(FinishReason.TOOL_CALLS);
    });

    test.each([
      ["the connection breaks", true],
      ["the stream just ends", false],
    ])("a cut stream has no `finished`: %s", async (_how, breaks) => {
      start();
      server.script = (response, socket) => {
        openStream(response);
        response.write(sse(dialect.chunks.slice(0, -dialect.terminalCount)));
        setTimeout(() => (breaks ? socket.destroy() : response.end()), 20);
      };
      const answer = fold(await collect(provider, makeCall(true)));
      expect(answer.text).toBe(GREETING);
      expect(answer.finished).toBeUndefined();
    });

    test("cancelled before the headers: at once, and the provider learns of it", async () => {
      start();
      server.script = () => undefined;
      await expectAbort(makeCall(true), false);
      await expectAbort(makeCall(false), false);
    });

    test("cancelled in the middle of a stream: at once, and the provider learns of it", async () => {
      start();
      server.script = (response) => {
        openStream(response);
        response.write(sse(dialect.chunks.slice(0, -dialect.terminalCount)));
      };
      await expectAbort(makeCall(true), true);
    });

    test("cancelled in the middle of a whole answer: at once, and the provider learns of it", async () => {
      start();
      server.script = (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write(dialect.whole.slice(0, 20));
      };
      await expectAbort(makeCall(false), false);
    });

    test("cancelled before it is asked: nothing is sent", async () => {
      start();
      const before = server.seen.length;
      const reason = new Error("never mind");
      await expect(collect(provider, makeCall(true), AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(server.seen.length).toBe(before);
    });

    async function expectAbort(call: ReturnType<typeof makeCall>, afterOutput: boolean): Promise<void> {
      const controller = new AbortController();
      const reason = new Error("never mind");
      const before = server.seen.length;
      const promptly = watchAbort(controller.signal);
      const abort = (): void => controller.abort(reason);
      const answer = (async () => {
        for await (const event of provider.generate(call, controller.signal)) {
          if (afterOutput && event.type === "text_delta") setTimeout(abort, 5);
        }
      })();
      answer.catch(() => undefined);
      while (server.seen.length === before) await wait(2);
      if (!afterOutput) setTimeout(abort, 20);
      await expect(answer).rejects.toBe(reason);
      expect(promptly()).toBe(true);
      const deadline = performance.now() + 120_000;
      while (server.openSockets() > 0 && performance.now() < deadline) await wait(5);
      expect(server.openSockets()).toBe(0);
    }

    test("a reader that stops reading closes the socket", async () => {
      start();
      server.script = (response) => {
        openStream(response);
        response.write(sse(dialect.chunks.slice(0, -dialect.terminalCount)));
      };
      for await (const _event of provider.generate(makeCall(true), new AbortController().signal)) break;
      const deadline = performance.now() + 120_000;
      while (server.openSockets() > 0 && performance.now() < deadline) await wait(5);
      expect(server.openSockets()).toBe(0);
    });

    test("a finished stream leaves its socket for the next call", async () => {
      start();
      server.script = (response) => {
        openStream(response);
        response.end(sse(dialect.chunks));
      };
      for (let round = 0; round < 5; round += 1) await collect(provider, makeCall(true));
      // Two at most: a call may begin before the end of the last answer has arrived.
      expect(server.openSockets()).toBeLessThanOrEqual(2);
    });

    const badBodies: readonly (readonly [string, string])[] = [
      ["HTML", "<!doctype html><html><body>Login</body></html>"],
      ["half a JSON", dialect.whole.slice(0, Math.floor(dialect.whole.length / 2))],
      ["nothing", ""],
      ["garbage", "\u0000\u0001 }{ ]["],
      ["JSON that is no answer", '{"hello":"world"}'],
      ["a JSON list", "[1,2,3]"],
      ["JSON null", "null"],
    ];
    test.each(badBodies)("%s instead of an answer", async (_what, body) => {
      start();
      for (const type of ["application/json", "text/html"]) {
        server.script = (response) => response.writeHead(200, { "content-type": type }).end(body);
        for (const streaming of [false, true]) expectBad(await failureOf(provider, makeCall(streaming)));
      }
    });

    test.each(badBodies)("%s in a stream", async (_what, body) => {
      start();
      server.script = (response) => {
        openStream(response);
        response.end(body === "" ? "" : `data: ${body}\n\n`);
      };
      expectBad(await failureOf(provider, makeCall(true)));
    });

    test("HTML sent as a stream", async () => {
      start();
      server.script = (response) => {
        openStream(response);
        response.end("<html><body>Login</body></html>");
      };
      expectBad(await failureOf(provider, makeCall(true)));
    });

    test("a stream of one line that never ends is given up at the bound", async () => {
      start({ maxEventBytes: 64 * 1024 });
      for (const prefix of ["data: ", "", ": ping\n"]) {
        server.script = (response) => {
          openStream(response);
          const pump = (): void => {
            if (response.destroyed) return;
            if (response.write(prefix + "x".repeat(8_192))) setImmediate(pump);
            else response.once("drain", pump);
          };
          pump();
        };
        expectBad(await failureOf(provider, makeCall(true)));
      }
    });

    test("an answer that never ends is given up at the bound", async () => {
      start({ maxBodyBytes: 64 * 1024 });
      server.script = (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const pump = (): void => {
          if (response.destroyed) return;
          if (response.write("x".repeat(8_192))) setImmediate(pump);
          else response.once("drain", pump);
        };
        pump();
      };
      expectBad(await failureOf(provider, makeCall(false)));
    });

    test("a provider that falls silent", async () => {
      start({ headersTimeoutMs: 100, bodyTimeoutMs: 100 });
      server.script = () => undefined;
      expect(await failureOf(provider, makeCall(false))).toMatchObject(tooSlow);
      server.script = (response) => openStream(response);
      expect(await failureOf(provider, makeCall(true))).toMatchObject(tooSlow);
    });
    const tooSlow = { kind: AttemptErrorKind.MAYBE_BILLED, reason: AttemptErrorReason.TIMEOUT };

    test("a provider that drips a byte at a time ends when the caller's patience does", async () => {
      start();
      let timer: NodeJS.Timeout | undefined;
      server.script = (response) => {
        openStream(response);
        timer = setInterval(() => response.write("d"), 10);
      };
      const patience = AbortSignal.timeout(150);
      const promptly = watchAbort(patience);
      await expect(collect(provider, makeCall(true), patience)).rejects.toMatchObject({
        name: "TimeoutError",
      });
      clearInterval(timer);
      expect(promptly()).toBe(true);
    });

    test("429 says when to come back, in seconds or as a date", async () => {
      start();
      server.script = (response) => sendJson(response, dialect.error, 429, { "retry-after": "7" });
      expect(await failureOf(provider, makeCall(false))).toMatchObject({
        kind: AttemptErrorKind.NOT_SENT,
        reason: AttemptErrorReason.RATE_LIMITED,
        httpStatus: 429,
        retryAfterMs: 7_000,
      });
      const date = new Date(Date.now() + 3_600_000).toUTCString();
      server.script = (response) => sendJson(response, dialect.error, 429, { "retry-after": date });
      const { retryAfterMs } = await failureOf(provider, makeCall(true));
      expect(retryAfterMs).toBeGreaterThan(3_000_000);
      expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
    });

    test.each([
      [400, AttemptErrorKind.CALLER_FAULT, AttemptErrorReason.INVALID_REQUEST],
      [413, AttemptErrorKind.CALLER_FAULT, AttemptErrorReason.INVALID_REQUEST],
      [422, AttemptErrorKind.CALLER_FAULT, AttemptErrorReason.INVALID_REQUEST],
      [401, AttemptErrorKind.NOT_SENT, AttemptErrorReason.UNAUTHENTICATED],
      [403, AttemptErrorKind.NOT_SENT, AttemptErrorReason.UNAUTHENTICATED],
      [404, AttemptErrorKind.NOT_SENT, AttemptErrorReason.INVALID_REQUEST],
      [500, AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.SERVER_ERROR],
      [502, AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.SERVER_ERROR],
      [503, AttemptErrorKind.NOT_SENT, AttemptErrorReason.UNAVAILABLE],
      [504, AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.TIMEOUT],
      [529, AttemptErrorKind.NOT_SENT, AttemptErrorReason.UNAVAILABLE],
    ])("status %i", async (status, kind, reason) => {
      start();
      server.script = (response) =>
        response.writeHead(status, { "content-type": "text/html" }).end("<h1>no</h1>");
      for (const streaming of [false, true]) {
        expect(await failureOf(provider, makeCall(streaming))).toMatchObject({
          kind,
          reason,
          httpStatus: status,
        });
      }
    });

    test("an error's sentence is passed on, the credential never", async () => {
      start();
      server.script = (response) => sendJson(response, dialect.error, 400);
      expect((await failureOf(provider, makeCall(false))).message).toContain("model-1 has no wings");
      const echo = dialect.error.replace("model-1 has no wings", `wrong key ${SECRET}`);
      for (const status of [400, 401, 500]) {
        server.script = (response) => sendJson(response, echo, status);
        const error = await failureOf(provider, makeCall(false));
        expect(`${error.message} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain(SECRET);
      }
    });

    test("nobody listens", async () => {
      start({ baseUrl: `http://127.0.0.1:${await freePort()}` });
      expect(await failureOf(provider, makeCall(true))).toMatchObject({
        kind: AttemptErrorKind.NOT_SENT,
        reason: AttemptErrorReason.CONNECTION,
      });
    });

    test("the connection breaks before an answer", async () => {
      start();
      server.script = (_response, socket) => socket.destroy();
      expect(await failureOf(provider, makeCall(false))).toMatchObject({
        kind: AttemptErrorKind.MAYBE_BILLED,
        reason: AttemptErrorReason.CONNECTION,
      });
    });

    test("the connection breaks within a whole answer", async () => {
      start();
      server.script = (response, socket) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
        response.write(dialect.whole.slice(0, 30), () => socket.destroy());
      };
      expect(await failureOf(provider, makeCall(false))).toMatchObject({
        kind: AttemptErrorKind.MAYBE_BILLED,
        reason: AttemptErrorReason.INTERRUPTED,
      });
    });

    test("an answer that is not HTTP", async () => {
      start();
      server.script = (_response, socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n");
      expectBad(await failureOf(provider, makeCall(false)));
    });

    test("a slow reader holds the provider back", async () => {
      start();
      let written = 0;
      server.script = (response) => {
        openStream(response);
        const text = dialect.chunks.slice(0, -dialect.terminalCount);
        const pump = (): void => {
          if (response.destroyed) return;
          const piece = sse(text.slice(-1).flatMap((chunk) => Array<string>(20).fill(chunk)));
          written += piece.length;
          if (response.write(piece)) setImmediate(pump);
          else response.once("drain", pump);
        };
        response.write(sse(text));
        pump();
      };
      for await (const _event of provider.generate(makeCall(true), new AbortController().signal)) {
        await wait(300);
        break;
      }
      // What sockets and our bound hold, and nothing near what 300 ms of loopback carry.
      expect(written).toBeLessThan(16 * 1024 * 1024);
    });

    function expectBad(error: Awaited<ReturnType<typeof failureOf>>): void {
      expect(error).toMatchObject({
        kind: AttemptErrorKind.MAYBE_BILLED,
        reason: AttemptErrorReason.BAD_RESPONSE,
      });
      expect(error.message.length).toBeLessThan(300);
      expect(error.message).toMatch(/^[A-Z].*\.$/);
    }
  });
}
