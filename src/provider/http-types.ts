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

/** The most bytes that are taken in before an answer is given up. */
export interface HttpLimits {
  readonly maxBodyBytes: number;
  readonly maxEventBytes: number;
  readonly maxStreamBytes: number;
}
