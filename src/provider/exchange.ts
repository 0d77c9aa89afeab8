import { AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { createEventReader, type EventReader } from "./event-reader.ts";
import { badResponse, transportError } from "./http-errors.ts";
import type { EventBatches, HttpAnswer, HttpHeaders, HttpLimits } from "./http-types.ts";

const MAX_WAITING_CHARACTERS = 256 * 1024;
/** How long a finished stream may take to run out before its socket is given up. */
const RUN_OUT_MS = 1_000;

/** What the HTTP library lets a request be steered with. */
interface Controller {
  readonly paused: boolean;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** One request and its answer. Holds what undici calls back with; is itself the reader's view of a stream. */
export class Exchange implements EventBatches {
  readonly #limits: HttpLimits;
  readonly #wantEvents: boolean;
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: unknown) => void;
  #controller: Controller | undefined;
  #status = 0;
  #headers: HttpHeaders = {};
  #byteCount = 0;
  #chunks: Buffer[] = [];
  #events: EventReader | undefined;
  #wake: (() => void) | undefined;
  #settled = false;
  #ended = false;
  #released = false;
  #failure: { readonly error: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;
  broken = false;

  constructor(
    limits: HttpLimits,
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

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    // The call may have been given up while it waited for a socket.
    if (this.#ended) controller.abort(new Error("The call was given up before it was sent."));
  }

  onResponseStart(_controller: Controller, status: number, headers: HttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      this.#fail(badResponse("The provider compressed its answer, which was not asked for.", status));
      return;
    }
    if (!this.#wantEvents || status < 200 || status > 299 || !isEventStream(headers)) return;
    this.#events = createEventReader();
    this.#settled = true;
    this.#resolve({ status, headers, body: "", events: this });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#byteCount += chunk.length;
    if (this.#events === undefined) {
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
    this.#events.feed(chunk);
    if (this.#events.unfinishedBytes() > this.#limits.maxEventBytes) {
      this.#fail(badResponse(tooBig("event", this.#limits.maxEventBytes), this.#status));
      return;
    }
    if (this.#events.waitingCharacters() > 0) this.#notify();
    if (this.#events.waitingCharacters() > MAX_WAITING_CHARACTERS) controller.pause();
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

  onResponseError(_controller: Controller | undefined, error: Error): void {
    if (this.#ended) return;
    const failure = transportError(error, this.#controller !== undefined, this.#status);
    if (this.#events !== undefined && failure.reason === AttemptErrorReason.INTERRUPTED) {
      this.broken = true;
      this.#finish();
      return;
    }
    this.#fail(failure);
  }

  async next(): Promise<string[] | undefined> {
    for (;;) {
      if (this.#signal.aborted && !this.#released) throw this.#signal.reason;
      const batch = this.#events?.take();
      if (batch !== undefined) {
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
    this.#events?.take();
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
