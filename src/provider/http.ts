import { StringDecoder } from "node:string_decoder";
import { createParser, type EventSourceParser } from "eventsource-parser";
import { type Dispatcher, Pool } from "undici";
import { AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { badResponse, transportError } from "./http-errors.ts";

/** What one provider's origin is spoken to with. */
export interface HttpClientSettings {
  /** Scheme, host and port, such as "https://api.openai.com". */
  readonly origin: string;
  /** The most sockets at once; further calls wait for one. Default 512. */
  readonly maxConnections?: number;
  /** Milliseconds to connect, TLS included. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds from the request to the answer's headers. Default 600,000: the caller's signal is the real deadline. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds between two pieces of an answer. Default 120,000. */
  readonly bodyTimeoutMs?: number;
  /** The most bytes of a whole answer. Default 16 MiB. */
  readonly maxBodyBytes?: number;
  /** The most bytes until a server-sent event is complete. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** The most bytes of a whole stream. Default 64 MiB. */
  readonly maxStreamBytes?: number;
  /** A certificate authority in PEM to trust instead of the system's. */
  readonly certificateAuthority?: string;
}

/** A JSON POST. */
export interface HttpRequest {
  /** Path and query. */
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Headers by lower-case name. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An answer: whole, or as server-sent events where those were asked for and came. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** The whole body; empty where `events` is set. */
  readonly body: string;
  readonly events: EventBatches | undefined;
}

/** The data of server-sent events, in batches as they arrive; nothing more is read while 256 Ki characters wait. */
export interface EventBatches {
  /**
   * The next data payloads, at least one; undefined at the end, also where the connection broke.
   * @throws ProviderError where the stream is too slow, too big or not HTTP; the signal's reason where it aborts.
   */
  next(): Promise<string[] | undefined>;
  /** Ends the stream as if the provider had, unless it ends by itself, or this is called again, within the milliseconds. */
  endWithin(milliseconds: number): void;
  /** Whether the connection broke, rather than ended in order. */
  readonly broken: boolean;
  /** The reader is done. A stream that is `complete` may run out so that its socket is kept; another one's socket is closed. */
  release(complete: boolean): void;
}

/** One origin's connections. */
export interface HttpClient {
  /**
   * Posts JSON and waits for the answer, or for its headers where `wantEvents` and an event stream comes.
   * @throws ProviderError where no answer comes; the signal's reason, at once, where it aborts: the socket is then closed.
   */
  post(request: HttpRequest, wantEvents: boolean, signal: AbortSignal): Promise<HttpAnswer>;
  /** Closes every socket; calls under way fail. */
  close(): Promise<void>;
}

/** Opens nothing yet; sockets are made when needed and kept. */
export function createHttpClient(settings: HttpClientSettings): HttpClient {
  const limits: Limits = {
    maxBodyBytes: settings.maxBodyBytes ?? 16 * 1024 * 1024,
    maxEventBytes: settings.maxEventBytes ?? 1024 * 1024,
    maxStreamBytes: settings.maxStreamBytes ?? 64 * 1024 * 1024,
  };
  const pool = new Pool(settings.origin, {
    connections: settings.maxConnections ?? 512,
    pipelining: 1,
    // One call a socket: closing the socket is how a provider learns that nobody waits any more.
    allowH2: false,
    headersTimeout: settings.headersTimeoutMs ?? 600_000,
    bodyTimeout: settings.bodyTimeoutMs ?? 120_000,
    keepAliveTimeout: 30_000,
    connect: {
      timeout: settings.connectTimeoutMs ?? 5_000,
      ...(settings.certificateAuthority === undefined ? {} : { ca: settings.certificateAuthority }),
    },
  });
  return {
    post(request, wantEvents, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const exchange = new Exchange(limits, wantEvents, signal, resolve, reject);
        pool.dispatch(
          { path: request.path, method: "POST", headers: request.headers as string[], body: request.body },
          exchange,
        );
      });
    },
    close: () => pool.destroy(),
  };
}

interface Limits {
  readonly maxBodyBytes: number;
  readonly maxEventBytes: number;
  readonly maxStreamBytes: number;
}

const MAX_WAITING_CHARACTERS = 256 * 1024;
/** How long a finished stream may take to run out before its socket is given up. */
const RUN_OUT_MS = 1_000;

/** One request and its answer. Holds what undici calls back with; is itself the reader's view of a stream. */
class Exchange implements Dispatcher.DispatchHandler, EventBatches {
  readonly #limits: Limits;
  readonly #wantEvents: boolean;
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpHeaders = {};
  #byteCount = 0;
  #chunks: Buffer[] = [];
  #parser: EventSourceParser | undefined;
  #decoder: StringDecoder | undefined;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #bytesSinceEvent = 0;
  #wake: (() => void) | undefined;
  #settled = false;
  #ended = false;
  #released = false;
  #failure: { readonly error: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;
  broken = false;

  constructor(
    limits: Limits,
    wantEvents: boolean,
    signal: AbortSignal,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#limits = limits;
    this.#wantEvents = wantEvents;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener("abort", this);
  }

  /** The signal's listener: an object rather than a closure, so that a call costs no function. */
  handleEvent(): void {
    this.#fail(this.#signal.reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The call may have been given up while it waited for a socket.
    if (this.#ended) controller.abort(new Error("The call was given up before it was sent."));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: HttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      this.#fail(badResponse("The provider compressed its answer, which was not asked for.", status));
      return;
    }
    if (!this.#wantEvents || status < 200 || status > 299 || !isEventStream(headers)) return;
    this.#decoder = new StringDecoder("utf8");
    this.#parser = createParser({
      onEvent: (event) => {
        this.#bytesSinceEvent = 0;
        this.#waitingCharacters += event.data.length;
        this.#waiting.push(event.data);
      },
    });
    this.#settled = true;
    this.#resolve({ status, headers, body: "", events: this });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#byteCount += chunk.length;
    if (this.#parser === undefined || this.#decoder === undefined) {
      if (this.#byteCount > this.#limits.maxBodyBytes) {
        this.#fail(badResponse(tooBig("answer", this.#limits.maxBodyBytes), this.#status));
      } else this.#chunks.push(chunk);
      return;
    }
    if (this.#byteCount > this.#limits.maxStreamBytes) {
      this.#fail(badResponse(tooBig("stream", this.#limits.maxStreamBytes), this.#status));
      return;
    }
    if (this.#released) return;
    this.#bytesSinceEvent += chunk.length;
    this.#parser.feed(this.#decoder.write(chunk));
    if (this.#bytesSinceEvent > this.#limits.maxEventBytes) {
      this.#fail(badResponse(tooBig("event", this.#limits.maxEventBytes), this.#status));
      return;
    }
    if (this.#waiting.length > 0) this.#notify();
    if (this.#waitingCharacters > MAX_WAITING_CHARACTERS) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#finish();
    if (this.#settled) return;
    this.#settled = true;
    const chunks = this.#chunks;
    const body = chunks.length === 1 ? chunks[0]!.toString("utf8") : Buffer.concat(chunks).toString("utf8");
    this.#resolve({ status: this.#status, headers: this.#headers, body, events: undefined });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#ended) return;
    const failure = transportError(error, this.#controller !== undefined, this.#status);
    if (this.#parser !== undefined && failure.reason === AttemptErrorReason.INTERRUPTED) {
      this.broken = true;
      this.#finish();
      return;
    }
    this.#fail(failure);
  }

  async next(): Promise<string[] | undefined> {
    for (;;) {
      if (this.#signal.aborted && !this.#released) throw this.#signal.reason;
      if (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#waitingCharacters = 0;
        if (!this.#ended && this.#controller?.paused) this.#controller.resume();
        return batch;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  endWithin(milliseconds: number): void {
    if (this.#ended) return;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#giveUp(), milliseconds).unref();
    else this.#timer.refresh();
  }

  release(complete: boolean): void {
    if (this.#ended || this.#released) return;
    if (!complete) {
      this.#giveUp();
      return;
    }
    this.#released = true;
    this.#waiting = [];
    this.#signal.removeEventListener("abort", this);
    if (this.#controller?.paused) this.#controller.resume();
    this.endWithin(RUN_OUT_MS);
  }

  #giveUp(): void {
    if (this.#ended) return;
    this.#finish();
    this.#controller?.abort(new Error("Nobody reads the rest of the answer."));
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = { error };
    this.#finish();
    if (!this.#settled) {
      this.#settled = true;
      this.#reject(error);
    }
    this.#controller?.abort(error instanceof Error ? error : new Error("The call was cancelled."));
  }

  #finish(): void {
    this.#ended = true;
    this.#signal.removeEventListener("abort", this);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function isEventStream(headers: HttpHeaders): boolean {
  const type = headers["content-type"];
  return typeof type === "string" && type.toLowerCase().startsWith("text/event-stream");
}

function tooBig(what: string, bytes: number): string {
  return `The provider's ${what} is bigger than ${bytes} bytes.`;
}
