import type { CompiledPolicy } from "../policy/evaluation.ts";
import type { PolicyWorld } from "../policy/world.ts";
import type { Provider } from "../provider/provider.ts";
import type { Catalogue } from "./catalogue.ts";

/** All that a reload may replace, as one frozen thing: a request sees one world from beginning to end. */
export interface World {
  readonly policy: CompiledPolicy;
  /** What a policy may speak of here; candidates are compiled against it. */
  readonly policyWorld: PolicyWorld;
  readonly catalogue: Catalogue;
  /** By target id; every target of the catalogue has one. */
  readonly providers: ReadonlyMap<string, Provider>;
}

/** A request's hold on a world: what belongs to the world stays open until the hold is released. */
export interface WorldLease {
  readonly world: World;
  /** Holds the same world once more, for work that outlives the request. */
  again(): WorldLease;
  release(): void;
}

/** The world in force, and the ones that requests in flight still hold. */
export interface WorldKeeper {
  readonly current: World;
  /** Holds the world in force. */
  lease(): WorldLease;
  /** Puts another world in force; `retire` runs as soon as nobody holds the old one. */
  replace(world: World, retire: () => void): void;
}

interface Held {
  readonly world: World;
  holds: number;
  retire: (() => void) | undefined;
}

/** Makes a keeper with a first world. */
export function createWorldKeeper(first: World): WorldKeeper {
  let current: Held = { world: first, holds: 0, retire: undefined };
  return {
    get current() {
      return current.world;
    },
    lease: () => hold(current),
    replace(world, retire) {
      const old = current;
      current = { world, holds: 0, retire: undefined };
      old.retire = retire;
      if (old.holds === 0) retire();
    },
  };
}

function hold(held: Held): WorldLease {
  let released = false;
  held.holds++;
  return {
    world: held.world,
    again: () => hold(held),
    release() {
      if (released) return;
      released = true;
      held.holds--;
      if (held.holds === 0) held.retire?.();
    },
  };
}
