import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Allowance } from "../../src/admission/allowance.ts";
import { type CounterState, emptyCounter, exchangeCounter } from "../../src/admission/counter.ts";
import type { CounterSpec, ExchangeItem } from "../../src/admission/limit-store.ts";

const HOLD_MS = 1_000;

/** One process, with what it reserved and has not settled. */
interface Replica {
  allowance: Allowance;
  reservations: number[];
  /** An answer on its way. No process reports again before it has the answer, or given up on it. */
  onItsWay: (() => void) | undefined;
}

type Fate = "answered" | "answer on its way" | "answer lost" | "request lost";

/** What can happen, in any order. */
type Step =
  | { readonly kind: "reserve"; readonly replica: number; readonly amount: number }
  | { readonly kind: "settle"; readonly replica: number; readonly share: number }
  | {
      readonly kind: "exchange";
      readonly replica: number;
      readonly fate: Fate;
    }
  | { readonly kind: "deliver"; readonly replica: number }
  | { readonly kind: "late" }
  | { readonly kind: "crash"; readonly replica: number }
  | { readonly kind: "wait"; readonly milliseconds: number };

// One process does most, so that much happens to it between two exchanges.
const replicaIndex = fc.constantFrom(0, 0, 0, 1, 2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("deliver" as const), replica: replicaIndex }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("reserve" as const),
      replica: replicaIndex,
      // Small ones are served from what is ready, large ones exhaust the budget.
      amount: fc.oneof(
        { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
        { weight: 1, arbitrary: fc.integer({ min: 100, max: 900 }) },
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      replica: replicaIndex,
      share: fc.constantFrom(0, 0, 0.5, 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("exchange" as const),
      replica: replicaIndex,
      fate: fc.constantFrom<Fate>(
        "answered",
        "answer on its way",
        "answer on its way",
        "answer lost",
        "request lost",
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("late" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), replica: replicaIndex }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      milliseconds: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
);

/** Three processes and one budget, whose every message may be lost, or come again when nobody expects it. */
class World {
  readonly counter: CounterSpec = { key: "b", capacity: 1_000, refillPerMs: 0, keepMs: 1e9 };
  readonly state: CounterState = emptyCounter(0);
  now = 0;
  /** What was really spent by processes that are alive, and the most that those which died may have spent. */
  spentByDead = 0;
  readonly replicas: Replica[] = [];
  readonly #sent: ExchangeItem[] = [];
  #names = 0;

  constructor() {
    for (let index = 0; index < 3; index++) this.replicas.push(this.#start());
  }

  run(given: Step): void {
    switch (given.kind) {
      case "reserve":
        this.reserve(this.replicas[given.replica]!, given.amount);
        break;
      case "settle": {
        const { allowance, reservations } = this.replicas[given.replica]!;
        const reserved = reservations.shift();
        if (reserved !== undefined) allowance.settle(reserved, Math.round(reserved * given.share));
        break;
      }
      case "exchange":
        this.exchange(this.replicas[given.replica]!, given.fate);
        break;
      case "deliver":
        this.#deliver(this.replicas[given.replica]!);
        break;
      case "late": {
        const item = this.#sent[Math.floor(this.#sent.length / 2)];
        if (item) exchangeCounter(this.state, item, HOLD_MS, this.now);
        break;
      }
      case "crash": {
        const { allowance, reservations } = this.replicas[given.replica]!;
        this.spentByDead += allowance.spentTotal + reservations.reduce((sum, one) => sum + one, 0);
        this.replicas[given.replica] = this.#start();
        break;
      }
      case "wait":
        this.now += given.milliseconds;
    }
  }

  /** Reserves, asking the store where needed, and waiting for the others where the store has too little. */
  reserve(replica: Replica, amount: number): boolean {
    const { allowance } = replica;
    if (!allowance.canTake(amount)) {
      allowance.waiting = amount;
      this.exchange(replica, "answered");
      if (allowance.available < amount) {
        for (const other of [...this.replicas, ...this.replicas])
          if (other !== replica) this.exchange(other, "answered");
        this.exchange(replica, "answered");
      }
      allowance.waiting = 0;
      if (allowance.available < amount) return false;
    }
    allowance.take(amount);
    replica.reservations.push(amount);
    return true;
  }

  exchange(replica: Replica, fate: Fate): void {
    const { allowance } = replica;
    this.#deliver(replica);
    const item = allowance.report(false);
    this.#sent.push(item);
    if (this.#sent.length > 50) this.#sent.shift();
    const answer = fate === "request lost" ? undefined : exchangeCounter(this.state, item, HOLD_MS, this.now);
    if (!answer || fate === "answer lost") allowance.unanswered();
    else if (fate === "answered") allowance.answered(item, answer, this.now);
    else replica.onItsWay = () => allowance.answered(item, answer, this.now);
  }

  /** All that was spent, with the worst of what is under way and of what died. */
  worstSpend(): number {
    let sum = this.spentByDead;
    for (const { allowance, reservations } of this.replicas) {
      sum += allowance.spentTotal + reservations.reduce((total, one) => total + one, 0);
    }
    return sum;
  }

  #deliver(replica: Replica): void {
    replica.onItsWay?.();
    replica.onItsWay = undefined;
  }

  /** Whether some process could spend what the store does not count as held by it. */
  usesMoreThanIsHeld(): boolean {
    return this.replicas.some(({ allowance, reservations }) => {
      const hold = this.state.holds.get(allowance.holder);
      const held = hold ? hold.held + hold.writtenOff : 0;
      const unreported = allowance.spentTotal - (hold?.spentTotal ?? 0);
      return allowance.available + reservations.reduce((sum, one) => sum + one, 0) + unreported > held;
    });
  }

  #start(): Replica {
    return {
      allowance: new Allowance(this.counter, `holder-${this.#names++}`),
      reservations: [],
      onItsWay: undefined,
    };
  }
}

describe("a budget shared by processes that lose messages and die", () => {
  it("is never passed, by whatever order of events", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        const world = new World();
        for (const one of steps) {
          world.run(one);
          expect(world.worstSpend()).toBeLessThanOrEqual(world.counter.capacity);
          expect(world.usesMoreThanIsHeld()).toBe(false);
          let held = 0;
          for (const { held: part } of world.state.holds.values()) held += part;
          expect(world.state.spent + held).toBeLessThanOrEqual(world.counter.capacity);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("never denies while enough is left", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.nat(2),
        fc.integer({ min: 1, max: 1_000 }),
        (steps, index, amount) => {
          const world = new World();
          for (const one of steps) world.run(one);
          // What the dead held is lost to the budget, for they may have spent it; all else that nobody reserved is left.
          const alive = new Set(world.replicas.map(({ allowance }) => allowance.holder));
          let left = world.counter.capacity - world.worstSpend() + world.spentByDead;
          let deadHeld = 0;
          for (const [holder, hold] of world.state.holds)
            if (!alive.has(holder)) deadHeld += hold.held + hold.writtenOff;
          for (const [holder, hold] of world.state.holds) if (!alive.has(holder)) deadHeld += hold.spentTotal;
          left -= deadHeld;
          expect(world.reserve(world.replicas[index]!, amount)).toBe(amount <= left);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("shows a debt in full where more is used than was reserved", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 3, noNaN: true })), {
          maxLength: 30,
        }),
        (uses) => {
          const world = new World();
          const [replica, other] = [world.replicas[0]!, world.replicas[1]!];
          let used = 0;
          for (const [amount, share] of uses) {
            if (!world.reserve(replica, amount)) continue;
            replica.reservations.pop();
            used += Math.round(amount * share);
            replica.allowance.settle(amount, Math.round(amount * share));
          }
          world.exchange(replica, "answered");
          world.exchange(replica, "answered");
          expect(world.state.spent).toBe(used);
          expect(world.reserve(other, 1)).toBe(used < world.counter.capacity);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a bucket shared by processes that lose messages and die", () => {
  it("never lets more through than its burst and its rate", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        const world = new World();
        Object.assign(world.counter, { refillPerMs: 0.1 });
        let taken = 0;
        for (const one of steps) {
          if (one.kind === "reserve") {
            const replica = world.replicas[one.replica]!;
            if (world.reserve(replica, one.amount)) {
              // Used at once, and in full.
              replica.reservations.pop();
              replica.allowance.settle(one.amount, one.amount);
              taken += one.amount;
            }
          } else if (one.kind !== "settle") world.run(one);
          expect(taken).toBeLessThanOrEqual(world.counter.capacity + world.now * 0.1 + 1e-6);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
