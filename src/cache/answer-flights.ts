import { abortable } from "../lib/signals.ts";

/** A place in a flight: either the answer that another request got, or the duty to find one. */
type Place<T> =
  | { readonly kind: "answered"; readonly answer: T }
  | {
      readonly kind: "leading";
      /** Gives the answer to all that wait. */
      land(answer: T): void;
      /** Ends the duty. Where nothing landed, the next that waits leads. To be called in every case. */
      close(): void;
    };

/** Equal requests at the same time in this process: one asks, the others wait for its answer. */
export interface AnswerFlights<T> {
  /** Joins the flight of a name, or starts it. Rejects with the signal's reason; the flight itself goes on. */
  join(name: string, signal: AbortSignal): Promise<Place<T>>;
  /** Flights under way. */
  readonly size: number;
}

interface Follower<T> {
  readonly resolve: (place: Place<T>) => void;
  gone: boolean;
}

/** The most requests that wait for one flight; more go their own way, without waiting. */
const MOST_FOLLOWERS = 1_000;

/** Makes the flights. */
export function createAnswerFlights<T>(): AnswerFlights<T> {
  const flights = new Map<string, Follower<T>[]>();

  const lead = (name: string, followers: Follower<T>[]): Place<T> => {
    let open = true;
    return {
      kind: "leading",
      land(answer) {
        if (!open) return;
        open = false;
        flights.delete(name);
        for (const follower of followers) follower.resolve({ kind: "answered", answer });
      },
      close() {
        if (!open) return;
        open = false;
        const next = nextPresent(followers);
        if (next) next.resolve(lead(name, followers));
        else flights.delete(name);
      },
    };
  };

  return {
    async join(name, signal) {
      signal.throwIfAborted();
      const followers = flights.get(name);
      if (!followers) {
        const own: Follower<T>[] = [];
        flights.set(name, own);
        return lead(name, own);
      }
      if (followers.length >= MOST_FOLLOWERS)
        return { kind: "leading", land: () => undefined, close: () => undefined };
      const { promise, resolve } = Promise.withResolvers<Place<T>>();
      const follower: Follower<T> = { resolve, gone: false };
      followers.push(follower);
      try {
        return await abortable(promise, signal);
      } catch (error) {
        follower.gone = true;
        const position = followers.indexOf(follower);
        if (position >= 0) followers.splice(position, 1);
        // Made leader in the very moment of leaving: the duty goes on to the next.
        else promise.then((place) => place.kind === "leading" && place.close());
        throw error;
      }
    },
    get size() {
      return flights.size;
    },
  };
}

function nextPresent<T>(followers: Follower<T>[]): Follower<T> | undefined {
  for (;;) {
    const next = followers.shift();
    if (!next?.gone) return next;
  }
}
