import type { CounterAnswer, CounterSpec, ExchangeItem } from "./limit-store.ts";

/** How much of the last demand is kept ready: two intervals of it. */
const READY_INTERVALS = 2;

/**
 * This process's part of one counter. What is `available` may be reserved without asking anybody; all other changes go
 * through an exchange. Kept true at every moment, whatever is lost on the way:
 * `available + outstanding + (spent and not yet reported) <= what the store counts as held by this holder`.
 */
export class Allowance {
  /** Its rule; see `change`. */
  counter: CounterSpec;
  readonly holder: string;
  /** Whether the book has let go of it; a new one must be opened then. */
  closed = false;
  /** What requests that wait need, all together. */
  waiting = 0;
  /** When it was last used, by the caller's clock. */
  usedAt = 0;
  /** When the store last answered, by the caller's clock; negative infinity where it never did. */
  answeredAt = Number.NEGATIVE_INFINITY;
  /** When other holders were last asked, in vain, to give back; until shortly after, nobody waits for them again. */
  recalledAt = Number.NEGATIVE_INFINITY;
  /** Whether the last exchange granted less than was needed. */
  short = false;
  last: CounterAnswer | undefined;
  #available = 0;
  #outstanding = 0;
  #spentTotal = 0;
  #reportedTotal = 0;
  #reportedOutstanding = 0;
  #sequence = 0;
  /** What was given back by reports that are not answered yet: the store's last word still counts it as held. */
  #returned = 0;
  #demand = 0;
  #steadyDemand = 0;
  #borrowed = 0;
  #borrowedAt = 0;

  constructor(counter: CounterSpec, holder: string) {
    this.counter = counter;
    this.holder = holder;
  }

  /**
   * Another rule for the same counter, as a reload brings it. Where there is less now, what is only kept ready is given up,
   * so that nothing more is admitted before the store has agreed.
   */
  change(counter: CounterSpec): void {
    if (counter.capacity < this.counter.capacity && this.#available > 0) {
      this.#returned += this.#available;
      this.#available = 0;
    }
    this.counter = counter;
  }

  get available(): number {
    return this.#available;
  }

  /** All that was spent of it. */
  get spentTotal(): number {
    return this.#spentTotal;
  }

  /** What can be admitted at once; what requests that came earlier wait for is not touched. */
  canTake(amount: number): boolean {
    return this.#available - this.waiting >= amount;
  }

  /** Reserves; the caller has checked that it fits. */
  take(amount: number): void {
    this.#available -= amount;
    this.#outstanding += amount;
    this.#demand += amount;
  }

  /** Ends a reservation with what was really used, be it more: a debt is never lost. */
  settle(reserved: number, actual: number): void {
    this.#outstanding -= reserved;
    this.#spentTotal += actual;
    this.#available += reserved - actual;
  }

  /** What is known to be left, for this process and all others. The whole capacity where nothing is known yet. */
  get remaining(): number {
    const { last, counter } = this;
    if (!last) return counter.capacity;
    const ready = Math.max(0, this.#available) + this.#returned;
    return Math.max(0, counter.capacity - last.spent - last.held + ready);
  }

  /** Whether the store should hear of a change soon: there is something to report or to give back. */
  get dirty(): boolean {
    return this.unreported || this.#available !== 0 || this.#demand > 0 || this.#steadyDemand > 0;
  }

  /** Whether every part counts now: somebody lacks, or little is left beside what is held. */
  get tight(): boolean {
    if (this.last === undefined || this.last.scarce) return true;
    // A bucket forgets only what was reported, so one that is half empty must hear of it sooner.
    return this.remaining < this.counter.capacity / (this.counter.refillPerMs > 0 ? 2 : 16);
  }

  /** Whether the store does not yet know what is spent or reserved. */
  get unreported(): boolean {
    return this.#spentTotal !== this.#reportedTotal || this.#outstanding !== this.#reportedOutstanding;
  }

  /** Whether requests are under way on it. */
  get holding(): boolean {
    return this.#outstanding > 0;
  }

  /** Nothing is reserved, ready, waiting or unreported. */
  get idle(): boolean {
    return !this.dirty && this.#outstanding === 0 && this.waiting === 0;
  }

  /** What to tell the store. What is no longer wanted is given up before it is said. */
  report(closing: boolean): ExchangeItem {
    this.#steadyDemand = Math.max(this.#demand, Math.floor(this.#steadyDemand / 2));
    this.#demand = 0;
    const free = this.last ? this.counter.capacity - this.last.spent - this.last.held : 0;
    const wanted = closing || this.last?.scarce ? 0 : READY_INTERVALS * this.#steadyDemand;
    const extra = Math.max(0, Math.min(wanted, Math.floor((free + Math.max(0, this.#available)) / 16)));
    const kept = Math.min(this.#available, this.waiting + extra);
    this.#returned += Math.max(0, this.#available) - Math.max(0, kept);
    this.#available = kept;
    this.#reportedTotal = this.#spentTotal;
    this.#reportedOutstanding = this.#outstanding;
    this.#sequence++;
    return {
      counter: this.counter,
      holder: this.holder,
      sequence: this.#sequence,
      spentTotal: this.#spentTotal,
      outstanding: this.#outstanding,
      needed: this.waiting,
      extra,
      closing,
    };
  }

  /** Takes in the answer to a report. What was reserved or spent meanwhile came out of what is granted. */
  answered(item: ExchangeItem, answer: CounterAnswer, now: number): void {
    const usedMeanwhile = this.#outstanding - item.outstanding + this.#spentTotal - item.spentTotal;
    this.#available = answer.granted - usedMeanwhile;
    this.#returned = 0;
    this.last = answer;
    this.short = answer.granted < item.needed;
    this.answeredAt = now;
    if (answer.spent + answer.held <= this.counter.capacity) this.#borrowed = 0;
  }

  /** The report may not have arrived: it is made again. */
  unanswered(): void {
    this.#reportedTotal = Number.NaN;
  }

  /**
   * Makes the amount available although the store is away, out of a stated share of the counter. True where it fitted.
   * The store hears of it as spent beyond what was held.
   */
  borrow(amount: number, share: number, now: number): boolean {
    const lacking = amount - Math.max(0, this.#available);
    const elapsed = Math.max(0, now - this.#borrowedAt);
    const borrowed = Math.max(0, this.#borrowed - elapsed * this.counter.refillPerMs * share);
    if (borrowed + lacking > Math.floor(this.counter.capacity * share)) return false;
    this.#borrowed = borrowed + lacking;
    this.#borrowedAt = now;
    this.#available = amount;
    return true;
  }
}
