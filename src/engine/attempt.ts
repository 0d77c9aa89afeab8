import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Attempt,
  type AttemptError,
  AttemptErrorKind,
  AttemptErrorReason,
  AttemptErrorSchema,
  AttemptSchema,
  AttemptState,
} from "#gen/pointsman/v1/attempt_pb.ts";
import { type Usage, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import type { Target } from "#gen/pointsman/v1/target_pb.ts";
import type { Clock } from "../lib/clock.ts";
import { toDuration } from "../lib/durations.ts";
import { toMicros } from "../lib/money.ts";
import { ProviderError } from "../provider/errors.ts";
import type { Provider, ProviderCall, ProviderEvent } from "../provider/provider.ts";
import type { Permit } from "./breaker.ts";
import type { ConcurrencyLimit } from "./concurrency.ts";
import { usageCost } from "./usage-cost.ts";

/** What an attempt needs, all of it already admitted. */
export interface AttemptOptions {
  readonly index: number;
  readonly target: Target;
  readonly provider: Provider;
  readonly call: ProviderCall;
  readonly permit: Permit;
  readonly place: ConcurrencyLimit;
  readonly clock: Clock;
  /** The longest silence, in milliseconds: before the first output and between two outputs. */
  readonly silenceMs: number;
  readonly hedge: boolean;
  readonly shadow: boolean;
  /** Estimates the tokens of what was sent and of the text that came, where the provider reports none. */
  readonly estimateUsage: (outputText: string) => Usage;
  /** Takes what is private out of a provider's sentence: providers repeat what they were sent. */
  readonly cleanMessage: (text: string) => string;
}

/**
 * One call of one target, read event by event. It settles its permit, its place and its bill exactly once, whatever
 * happens: with the end of the events, with an error, or with `cancel`.
 */
export class AttemptRun {
  readonly options: AttemptOptions;
  readonly #controller = new AbortController();
  readonly #events: AsyncIterator<ProviderEvent>;
  readonly #startTime: number;
  readonly #started: number;
  readonly #watchdog: NodeJS.Timeout;
  #firstOutputMs: number | undefined;
  #usage: Usage | undefined;
  #text = "";
  #responseModel = "";
  #providerRequestId = "";
  #permitSettled = false;
  #result: Attempt | undefined;

  constructor(options: AttemptOptions) {
    this.options = options;
    this.#startTime = options.clock.now();
    this.#started = options.clock.monotonic();
    this.#events = options.provider.generate(options.call, this.#controller.signal)[Symbol.asyncIterator]();
    this.#watchdog = setTimeout(() => this.cancel(this.#silent()), options.silenceMs);
    this.#watchdog.unref();
  }

  /** Whether output has begun. */
  get hasOutput(): boolean {
    return this.#firstOutputMs !== undefined;
  }

  /**
   * The next event that matters to a caller; undefined where the provider's events ended without `finished`.
   * @throws ProviderError as the provider does, or the reason given to `cancel`.
   */
  async next(): Promise<ProviderEvent | undefined> {
    for (;;) {
      const { done, value } = await this.#read();
      if (done) return undefined;
      this.#watchdog.refresh();
      if (value.type === "started") {
        this.#responseModel ||= value.responseModel ?? "";
        this.#providerRequestId ||= value.providerRequestId ?? "";
      } else if (value.type === "usage") {
        this.#usage = value.usage;
      } else {
        this.#note(value);
        return value;
      }
    }
  }

  async #read(): Promise<IteratorResult<ProviderEvent>> {
    try {
      return await this.#events.next();
    } catch (error) {
      // Cleaned here, before anything can record, log or answer it.
      throw error instanceof ProviderError ? withoutPrivate(error, this.options.cleanMessage) : error;
    }
  }

  /** Stops the provider's work at once; a pending `next` rejects with the reason. */
  cancel(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** Ends the attempt and says what it was. Further calls give the same. */
  settle(state: AttemptState, error?: unknown): Attempt {
    this.#result ??= this.#end(state, error);
    return this.#result;
  }

  #note(event: ProviderEvent): void {
    this.#firstOutputMs ??= this.options.clock.monotonic() - this.#started;
    // Time to first output is what a breaker should judge: a long answer is no reason to keep it waiting.
    if (!this.#permitSettled) {
      this.#permitSettled = true;
      this.options.permit.ok();
    }
    if (event.type === "text_delta" || event.type === "reasoning_delta") this.#text += event.text;
    else if (event.type === "tool_call_delta") this.#text += event.argumentsDelta;
  }

  #end(state: AttemptState, error: unknown): Attempt {
    const { options } = this;
    clearTimeout(this.#watchdog);
    const wire = error === undefined ? undefined : toAttemptError(error);
    if (state !== AttemptState.SUCCEEDED) {
      this.#controller.abort(error);
      // Closing may wait for the network; nobody needs to wait for that.
      Promise.resolve(this.#events.return?.()).catch(() => undefined);
    }
    this.#settlePermit(state, wire);
    options.place.release(isOverload(wire?.reason));
    const usage = this.#settleUsage(state, wire);
    const attempt = create(AttemptSchema, {
      index: options.index,
      targetId: options.target.id,
      provider: options.target.provider,
      startTime: timestampFromMs(this.#startTime),
      state,
      usage,
      costMicros: toMicros(usageCost(options.target.price, usage)),
      latency: toDuration(options.clock.monotonic() - this.#started),
      providerRequestId: this.#providerRequestId,
      responseModel: this.#responseModel,
      hedge: options.hedge,
      shadow: options.shadow,
    });
    if (wire) attempt.error = wire;
    if (this.#firstOutputMs !== undefined) attempt.timeToFirstToken = toDuration(this.#firstOutputMs);
    return attempt;
  }

  #settlePermit(state: AttemptState, error: AttemptError | undefined): void {
    const { permit } = this.options;
    if (!this.#permitSettled) {
      this.#permitSettled = true;
      if (state === AttemptState.CANCELLED) permit.cancel();
      else if (error && isTargetFault(error.reason)) permit.fail(new Error(error.message));
      else permit.ok();
    }
  }

  /** Tokens as the provider said; where it said nothing and may have worked, what can be estimated. */
  #settleUsage(state: AttemptState, error: AttemptError | undefined): Usage {
    if (this.#usage) return this.#usage;
    const free =
      state !== AttemptState.SUCCEEDED &&
      !this.hasOutput &&
      (error?.kind === AttemptErrorKind.NOT_SENT || error?.kind === AttemptErrorKind.CALLER_FAULT);
    return free ? create(UsageSchema) : this.options.estimateUsage(this.#text);
  }

  #silent(): ProviderError {
    return new ProviderError(
      AttemptErrorKind.MAYBE_BILLED,
      AttemptErrorReason.TIMEOUT,
      `no output for ${Math.round(this.options.silenceMs)} ms`,
    );
  }
}

/** Whether a failure speaks against the target rather than against the request or the caller. */
export function isTargetFault(reason: AttemptErrorReason): boolean {
  return (
    reason !== AttemptErrorReason.INVALID_REQUEST &&
    reason !== AttemptErrorReason.CONTENT_REFUSED &&
    reason !== AttemptErrorReason.CANCELLED &&
    reason !== AttemptErrorReason.NOT_ADMITTED
  );
}

function isOverload(reason: AttemptErrorReason | undefined): boolean {
  return (
    reason === AttemptErrorReason.RATE_LIMITED ||
    reason === AttemptErrorReason.UNAVAILABLE ||
    reason === AttemptErrorReason.TIMEOUT
  );
}

/** The same error with a clean message. Where a quotation was cut, its last word may be half a secret, and goes. */
function withoutPrivate(error: ProviderError, clean: (text: string) => string): ProviderError {
  const message = clean(error.message.replace(/\S*…$/u, "…"));
  const { kind, reason, httpStatus, retryAfterMs, cause } = error;
  return new ProviderError(kind, reason, message, {
    httpStatus,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function toAttemptError(error: unknown): AttemptError {
  if (error instanceof ProviderError) {
    const wire = create(AttemptErrorSchema, {
      kind: error.kind,
      reason: error.reason,
      message: error.message,
      httpStatus: error.httpStatus,
    });
    if (error.retryAfterMs !== undefined) wire.retryAfter = toDuration(error.retryAfterMs);
    return wire;
  }
  return create(AttemptErrorSchema, {
    kind: AttemptErrorKind.MAYBE_BILLED,
    reason: AttemptErrorReason.SERVER_ERROR,
    message: "the provider's adapter failed unexpectedly",
  });
}
