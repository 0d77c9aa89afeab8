import type { Send } from "../lib/sending.ts";
import type { RouteEvent } from "./engine-parts.ts";

/** Holds back what a caller sees until the decision is on record. */
export interface Opening {
  /** Sends an event once it may leave. Before that, wait for the promise before anything more is done. */
  send(event: RouteEvent | undefined): Promise<void> | undefined;
  /** Rejects where the decision could not be recorded. */
  readonly done: Promise<void>;
  /** @throws where it is known already that the decision could not be recorded. */
  check(): void;
}

/**
 * Makes the opening of an answer: the first target may be called while the decision is being written, but nothing leaves
 * before it is on disk.
 * @param first the event that leaves before all others.
 * @param send undefined where nobody reads events.
 */
export function createOpening(
  durable: Promise<void>,
  first: () => RouteEvent,
  send: Send<RouteEvent> | undefined,
): Opening {
  const held: RouteEvent[] = [];
  let open = false;
  let failure: { readonly error: unknown } | undefined;

  const release = async (): Promise<void> => {
    try {
      await durable;
      if (send) {
        await send(first());
        for (const event of held) await send(event);
      }
      open = true;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  const done = release();
  done.catch(() => undefined);

  return {
    done,
    send(event) {
      if (open) return event && send?.(event);
      if (event) held.push(event);
      return done;
    },
    check() {
      if (failure) throw failure.error;
    },
  };
}
