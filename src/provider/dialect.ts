import type { ProviderCall, ProviderEvent } from "./provider.ts";

/** How one family of providers is spoken to over HTTP. Knows words, not sockets. */
export interface Dialect {
  /** The name by which errors call it. */
  readonly name: string;
  /**
   * Says a call in the provider's words.
   * @throws ProviderError INVALID_REQUEST for what it has no words for.
   */
  encode(call: ProviderCall): DialectRequest;
  /**
   * Understands a whole answer, `finished` included.
   * @throws ProviderError where it is no answer.
   */
  decode(answer: unknown, call: ProviderCall, requestId: string | undefined): ProviderEvent[];
  /** Understands a streamed answer piece by piece. */
  createDecoder(call: ProviderCall, requestId: string | undefined): StreamDecoder;
  /** Reads an error's body; undefined where it is no error of this dialect's, or says no more than the status. */
  decodeError(body: unknown, status: number): DialectError | undefined;
}

/** A request in a provider's words. */
export interface DialectRequest {
  /** Path below the base URL, starting with a slash. */
  readonly path: string;
  /** The JSON text. */
  readonly body: string;
}

/** What a provider's error says beyond its status. */
export interface DialectError {
  /** The provider's sentence. */
  readonly message?: string | undefined;
  /** The status it amounts to, for one that came inside an answer that began as a success. */
  readonly status?: number | undefined;
  /** Whether it is about our credential, though the status may not say so. */
  readonly badCredential?: boolean;
  /** Whether the provider declined the content. */
  readonly refused?: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** How far a stream has come. */
export type StreamState = "open" | "closing" | "finished";

/** Understands one streamed answer. */
export interface StreamDecoder {
  /**
   * Appends the events of one payload to `out`.
   * @throws ProviderError where the payload is an error or no part of an answer.
   */
  push(data: string, out: ProviderEvent[]): void;
  /** The stream has ended: appends what was held back, `finished` only where the terminal marker was seen. */
  end(out: ProviderEvent[]): void;
  /** `open` before the terminal marker, `closing` where only usage may still come, `finished` when nothing may. */
  state(): StreamState;
}
