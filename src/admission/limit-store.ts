/**
 * Where processes agree on what has been spent. The store never hears of single requests: each process *holds* a part of
 * a counter, admits requests out of it in memory, and exchanges what it used for what it will need. A counter's
 * `spent + held by everyone` never passes its limit by a grant, so no interleaving, loss or crash can overspend it.
 *
 * Everything a process says is absolute (its total so far, what it must hold, what it would like), so an exchange whose
 * answer was lost is simply made again.
 */
export interface LimitStore {
  /**
   * Reports and asks, counter by counter; each counter is one atomic step, durable before it is answered. Answers come in
   * the order of the items. An answer is `undefined` where the store ignored the item because a later one came first.
   * @throws whatever the engine throws where the store cannot be reached: the exchange may or may not have happened.
   */
  exchange(request: ExchangeRequest, signal: AbortSignal): Promise<readonly (CounterAnswer | undefined)[]>;
  /** What is spent and held of the given counters, without holding anything. */
  read(counters: readonly CounterSpec[], signal: AbortSignal): Promise<readonly CounterReading[]>;
  /** Drops counters whose time is over; gives their number. Engines with expiring keys have nothing to do. */
  sweep(signal: AbortSignal): Promise<number>;
  /** Releases files and connections. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** A counter and its rule, which comes from the settings and is not kept by the store. */
export interface CounterSpec {
  /** Names the limit, whom it counts and, for a budget, the period. */
  readonly key: string;
  /** The most that may be spent and held at a time: a budget's dollars in micros, or a bucket's burst. */
  readonly capacity: number;
  /** How much of what is spent is forgotten each millisecond: 0 for a budget, the rate for a bucket. */
  readonly refillPerMs: number;
  /** When the counter may be dropped, in milliseconds since 1970; infinite where never. Extended by every exchange. */
  readonly keepMs: number;
}

/** What one process says about one counter. */
export interface ExchangeItem {
  readonly counter: CounterSpec;
  /** Names this use of the counter by this process; a name is used for one counter only. */
  readonly holder: string;
  /** Grows with every exchange of the holder. */
  readonly sequence: number;
  /** All that the holder has spent so far. May pass what it held: then the counter shows the debt. */
  readonly spentTotal: number;
  /** What is reserved for requests under way. Held without question, as it was granted before. */
  readonly outstanding: number;
  /** What requests that wait need on top. Granted as far as there is enough. */
  readonly needed: number;
  /** What it would like to have ready. Never more than a sixteenth of what is left, but what it still holds it may keep. */
  readonly extra: number;
  /** The holder is done with the counter: forget it. */
  readonly closing: boolean;
}

/** One step with the store. */
export interface ExchangeRequest {
  readonly items: readonly ExchangeItem[];
  /** How long a holder may be silent before its holdings count as spent, in milliseconds. */
  readonly holdMs: number;
}

/** What is known of a counter. */
export interface CounterReading {
  /** What is spent, less what a bucket has forgotten. */
  readonly spent: number;
  /** What all holders hold. */
  readonly held: number;
}

/** What the store says about one counter after an exchange. */
export interface CounterAnswer extends CounterReading {
  /** What this holder may now use on top of `outstanding`. */
  readonly granted: number;
  /** What was spent before this exchange: soft thresholds lie between the two. */
  readonly spentBefore: number;
  /** What the other holders hold for requests under way or ready for use. */
  readonly heldByOthers: number;
  /** Somebody lacks: nobody should keep anything ready. */
  readonly scarce: boolean;
}
