import { Pool } from "undici";
import { Exchange } from "./exchange.ts";
import type { HttpAnswer, HttpLimits, HttpRequest } from "./http-types.ts";

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
  const limits: HttpLimits = {
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
