import { createAdmission } from "../../src/admission/admission.ts";
import { createMemoryLimitStore } from "../../src/admission/memory-limit-store.ts";
import { buildWorld } from "../../src/build-world.ts";
import { createAnswerCache } from "../../src/cache/answer-cache.ts";
import { createMemoryAnswerStore } from "../../src/cache/memory-answer-store.ts";
import { createClassifier } from "../../src/classify/classifier.ts";
import type { LoadedConfig } from "../../src/config.ts";
import { type Breakers, createBreakers } from "../../src/engine/breaker.ts";
import { createConcurrencyLimit } from "../../src/engine/concurrency.ts";
import { createDocuments } from "../../src/engine/documents.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { createHedgeAllowance } from "../../src/engine/hedge.ts";
import { createPrivacyGuard } from "../../src/engine/privacy-guard.ts";
import { createRequestFlights } from "../../src/engine/request-flights.ts";
import { createWarmPrefixes } from "../../src/engine/warm-prefixes.ts";
import { createWorldKeeper } from "../../src/engine/world.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";
import { openCollections } from "../../src/open-collections.ts";
import { createProviders } from "../../src/providers.ts";
import { createScorecard } from "../../src/scorecard/scorecard.ts";

/** An engine without doors, on a real ledger. */
export interface TestEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly breakers: Breakers;
  /** Puts another configuration's targets and policy into force, as the service does. */
  reload(loaded: LoadedConfig): Promise<void>;
}

/** Makes the engine of a configuration. */
export async function createTestEngine(loaded: LoadedConfig): Promise<TestEngine> {
  const clock = systemClock;
  const collections = openCollections(loaded);
  const providers = await createProviders(loaded, collections);
  const { world } = buildWorld(loaded, collections.ids, providers.providerOf);
  const ledger = await openLedger(loaded.config.ledger, { clock, makeId, dataFolder: loaded.config.data });
  const admission = createAdmission(
    loaded.config.admission,
    createMemoryLimitStore(clock.now),
    clock,
    makeId,
  );
  const cache = createAnswerCache(createMemoryAnswerStore(loaded.config.cache, clock.now));
  const { error_threshold_percentage, volume_threshold, window_ms, reset_ms } = loaded.config.breaker;
  const breakers = createBreakers(
    {
      errorThresholdPercentage: error_threshold_percentage,
      volumeThreshold: volume_threshold,
      windowMs: window_ms,
      resetMs: reset_ms,
    },
    clock,
  );
  const worlds = createWorldKeeper(world);
  const scorecard = createScorecard({ targets: world.catalogue.targets, clock });
  const place = createConcurrencyLimit(64, clock.monotonic);
  const engine = createEngine({
    clock,
    makeId,
    random: () => 0.5,
    worlds,
    classifier: createClassifier(),
    scorecard,
    breakers,
    places: () => place,
    hedges: createHedgeAllowance(),
    warmPrefixes: createWarmPrefixes(clock.monotonic),
    flights: createRequestFlights(clock.monotonic),
    shadows: { underway: 0 },
    ledger,
    documents: createDocuments(ledger),
    cache,
    admission,
    guard: createPrivacyGuard(Buffer.alloc(32, 7)),
    search: collections.search,
    announce: { decided() {}, attempted() {}, finished() {} },
  });
  return {
    engine,
    ledger,
    breakers,
    async reload(next) {
      const prepared = await providers.prepare(next);
      const rebuilt = buildWorld(next, collections.ids, prepared.providerOf);
      scorecard.setTargets(rebuilt.world.catalogue.targets);
      worlds.replace(rebuilt.world, prepared.commit());
      breakers.keep(new Set(rebuilt.world.catalogue.byId.keys()));
    },
    async [Symbol.asyncDispose]() {
      breakers.close();
      await cache.close();
      await admission.close();
      await ledger.close();
      await providers.close();
      collections.close();
    },
  };
}
