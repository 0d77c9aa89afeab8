import type { Completion } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";

/** An answer that can be given again. */
export interface Answer {
  readonly decision: Decision;
  /** With its parts. */
  readonly completion: Completion;
}

/** A request with an id, under way or just answered. */
export interface Flight {
  /** SHA-256 of the request's content, hexadecimal. */
  readonly inputDigest: string;
  /** Rejects where the request failed; the flight is then forgotten, and a repeat is a new request. */
  readonly answer: Promise<Answer>;
}

/** Requests by tenant and id, so that a repeat joins or repeats the answer and never calls twice. */
export interface RequestFlights {
  find(tenant: string, requestId: string): Flight | undefined;
  /** Starts a flight. The first settlement counts; later ones do nothing. */
  start(
    tenant: string,
    requestId: string,
    inputDigest: string,
  ): { land(answer: Answer): void; crash(error: unknown): void };
}

/** Answers held at once; the oldest are forgotten first and then come from the record. */
const MOST_FLIGHTS = 10_000;

/** Makes the flights. @param now milliseconds. @param lifetimeMs how long an answer is held after it landed. */
export function createRequestFlights(now: () => number, lifetimeMs = 10 * 60_000): RequestFlights {
  const flights = new Map<string, Flight & { until: number }>();

  const forgetOld = (): void => {
    for (const [key, flight] of flights) {
      if (flight.until > now() && flights.size <= MOST_FLIGHTS) return;
      flights.delete(key);
    }
  };

  return {
    find(tenant, requestId) {
      const flight = flights.get(`${tenant}\0${requestId}`);
      return flight && flight.until > now() ? flight : undefined;
    },
    start(tenant, requestId, inputDigest) {
      const key = `${tenant}\0${requestId}`;
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      promise.catch(() => undefined);
      const flight = { inputDigest, answer: promise, until: Number.POSITIVE_INFINITY };
      flights.delete(key);
      flights.set(key, flight);
      forgetOld();
      let settled = false;
      return {
        land(answer) {
          if (settled) return;
          settled = true;
          flight.until = now() + lifetimeMs;
          resolve(answer);
        },
        crash(error) {
          // An answer that landed stays: whoever ends a request crashes its flight in every case.
          if (settled) return;
          settled = true;
          if (flights.get(key) === flight) flights.delete(key);
          reject(error);
        },
      };
    },
  };
}
