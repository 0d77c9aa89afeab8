import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createAdmission } from "./admission/admission.ts";
import { createIdentifier, type Identifier } from "./admission/identifier.ts";
import { createSqliteLimitStore } from "./admission/sqlite-limit-store.ts";
import { createValkeyLimitStore } from "./admission/valkey-limit-store.ts";
import { budgetNotice } from "./budget-notice.ts";
import { type BuiltWorld, buildWorld } from "./build-world.ts";
import { createAnswerCache } from "./cache/answer-cache.ts";
import { createSqliteAnswerStore } from "./cache/sqlite-answer-store.ts";
import { createValkeyAnswerStore } from "./cache/valkey-answer-store.ts";
import { createClassifier } from "./classify/classifier.ts";
import { besideConfig, inData, type LoadedConfig } from "./config.ts";
import { createBreakers } from "./engine/breaker.ts";
import { type ConcurrencyLimit, createConcurrencyLimit } from "./engine/concurrency.ts";
import { createDocuments } from "./engine/documents.ts";
import { createEngine } from "./engine/engine.ts";
import type { EngineParts } from "./engine/engine-parts.ts";
import { createHedgeAllowance } from "./engine/hedge.ts";
import { createPrivacyGuard } from "./engine/privacy-guard.ts";
import { createRequestFlights } from "./engine/request-flights.ts";
import { createWarmPrefixes } from "./engine/warm-prefixes.ts";
import { createWorldKeeper } from "./engine/world.ts";
import { createHealth } from "./http/health.ts";
import { createMetrics } from "./http/metrics.ts";
import { openLedger } from "./ledger/open-ledger.ts";
import { systemClock } from "./lib/clock.ts";
import { makeId } from "./lib/ids.ts";
import { openCollections } from "./open-collections.ts";
import { openDoors } from "./open-doors.ts";
import { createProviders } from "./providers.ts";
import { readEvaluated } from "./read-evaluated.ts";
import { restoreScorecard } from "./restore-scorecard.ts";
import { bindAuditService } from "./rpc/audit-service.ts";
import { createDispatch } from "./rpc/dispatch.ts";
import { bindRouteService } from "./rpc/route-service.ts";
import { bindStreamService } from "./rpc/stream-service.ts";
import { createScorecard } from "./scorecard/scorecard.ts";
import type { ServiceLog } from "./service-log.ts";
import { driftNotice, reloadNotice } from "./service-notices.ts";
import { measureAnnouncements } from "./telemetry-metrics.ts";
import { traceAnnouncements } from "./tracing.ts";
import type { WorkerLink } from "./worker-link.ts";

/** A running service. */
export interface App {
  /** Where the doors listen, host:port. */
  readonly grpcAddress: string;
  readonly httpAddress: string;
  /** What is doubtful about the policy in force. */
  readonly warnings: BuiltWorld["warnings"];
  /** Puts another configuration into force, or refuses it and keeps the one there is. @throws ConfigError */
  reload(loaded: LoadedConfig): Promise<BuiltWorld["warnings"]>;
  /** Stops taking requests, lets those in flight end within `drainMs`, and closes everything. */
  close(drainMs?: number): Promise<void>;
}

/**
 * The composition root: builds every room, wires them, and gives back something that runs and closes.
 * @param link where this process is one of several workers.
 * @throws ConfigError, and the errors of what cannot be opened; what was opened before is closed again.
 */
export async function createApp(loaded: LoadedConfig, log: ServiceLog, link?: WorkerLink): Promise<App> {
  const { config } = loaded;
  const clock = systemClock;
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  try {
    const collections = openCollections(loaded);
    closers.push(collections.close);
    const providers = await createProviders(loaded, collections);
    closers.push(providers.close);
    const built = buildWorld(loaded, collections.ids, providers.providerOf, log.conditionFailed);
    const worlds = createWorldKeeper(built.world);

    const ledger = await openLedger(config.ledger, { clock, makeId, dataFolder: config.data });
    closers.push(() => ledger.close());
    const openIdentifier = (identity: LoadedConfig["config"]["identity"]): Identifier =>
      // The folder of data stays where it was at the start, and so do the keys in it.
      createIdentifier(
        { key_file: inData(loaded, "keys.json"), ...identity },
        { onKeysReloaded: (error) => log.keysReloaded(error) },
      );
    let identifier = openIdentifier(config.identity);
    closers.push(() => identifier.close());
    const store = config.shared_store
      ? createValkeyLimitStore({ urls: config.shared_store.valkey_urls })
      : createSqliteLimitStore(inData(loaded, "limits.sqlite"));
    closers.push(() => store.close());
    const admission = createAdmission(config.admission, store, clock, randomUUID, {
      onSoftLimit(event) {
        log.softLimit(event);
        metrics.softLimit(event);
        ledger.append(budgetNotice(event)).catch((error) => log.noticeNotRecorded(error));
      },
      onStore: (away) => log.limitStore(away),
    });
    closers.push(() => admission.close());

    const cache = createAnswerCache(
      config.shared_store
        ? createValkeyAnswerStore({ urls: config.shared_store.valkey_urls }, config.cache, clock.now)
        : createSqliteAnswerStore(inData(loaded, "answers.sqlite"), config.cache, clock.now),
      { timeoutMs: config.cache.timeoutMs, onStoreError: (error) => log.cacheStore(error) },
    );
    closers.push(() => cache.close());

    const startTime = clock.now();
    const scorecard = createScorecard({
      targets: built.world.catalogue.targets,
      clock,
      onDrift(alarm) {
        // Outcomes of earlier runs are learned again at the start: what they set off has been told.
        if (alarm.time < startTime) return;
        log.drift(alarm);
        metrics.drift(alarm);
        ledger.append(driftNotice(alarm)).catch((error) => log.noticeNotRecorded(error));
      },
    });
    const evaluated = readEvaluated(loaded);
    if (evaluated) scorecard.load(evaluated.scorecard, evaluated.time);
    const breakers = createBreakers(breakerSettings(loaded), clock);
    closers.push(breakers.close);
    const metrics = createMetrics({
      inFlight: () => dispatch.inFlight,
      targets: () => engine.listTargets(),
      ledger: () => ledger.state(),
      admission: () => admission.status(),
    });
    const places = createPlaces(loaded);
    const parts: EngineParts = {
      clock,
      makeId,
      random: Math.random,
      worlds,
      classifier: createClassifier(),
      scorecard,
      breakers,
      places: places.of,
      hedges: createHedgeAllowance(),
      warmPrefixes: createWarmPrefixes(clock.monotonic),
      flights: createRequestFlights(clock.monotonic),
      shadows: { underway: 0 },
      ledger,
      documents: createDocuments(ledger),
      admission,
      guard: createPrivacyGuard(randomBytes(32)),
      cache,
      search: collections.search,
      announce: traceAnnouncements(measureAnnouncements(log.announcements(metrics.announcements))),
    };
    const engine = createEngine(parts);
    const restoring = new AbortController();
    closers.push(() => restoring.abort());
    restoreScorecard(parts, restoring.signal).catch((error) => {
      if (!restoring.signal.aborted) log.scorecardNotRestored(error);
    });
    const dispatch = createDispatch({
      identify: ({ header, peerAddress, peerCertificate, signal }) =>
        identifier.identify(
          {
            authorization: header("authorization"),
            apiKeyHeader: header("x-api-key"),
            peerCertificate,
            // Behind a proxy every caller seems to be on this machine.
            loopback: isLoopback(peerAddress) && FORWARDED.every((name) => header(name) === undefined),
          },
          signal,
        ),
      maxInFlight: config.server.max_in_flight,
      maxInFlightBatch: Math.floor(config.server.max_in_flight * config.server.batch_share),
      monotonic: clock.monotonic,
      ended(call) {
        metrics.callEnded(call);
        log.callEnded(call);
      },
    });
    const health = createHealth({
      ledger: () => ledger.state(),
      admission: () => admission.status(),
      refusesUnrecorded: config.ledger.on_failure === "refuse",
    });
    const bindings = [
      ...bindRouteService(engine),
      ...bindStreamService(engine),
      ...bindAuditService(ledger.reader, engine),
    ];
    const doors = await openDoors({
      loaded,
      bindings,
      dispatch,
      health,
      metrics: link ? { contentType: metrics.contentType, render: link.share(metrics) } : metrics,
      readFile: (path) => readFileSync(besideConfig(loaded, path), "utf8"),
    });
    closers.push(doors.close);

    return {
      grpcAddress: doors.grpcAddress,
      httpAddress: doors.httpAddress,
      warnings: built.warnings,
      async reload(next) {
        const measured = readEvaluated(next);
        const prepared = await providers.prepare(next);
        let rebuilt: BuiltWorld;
        let callers: Identifier;
        try {
          rebuilt = buildWorld(next, collections.ids, prepared.providerOf, log.conditionFailed);
          callers = openIdentifier(next.config.identity);
        } catch (error) {
          await prepared.discard();
          throw error;
        }
        identifier.close();
        identifier = callers;
        const { catalogue } = rebuilt.world;
        scorecard.setTargets(catalogue.targets);
        if (measured) scorecard.load(measured.scorecard, measured.time);
        const former = worlds.current;
        worlds.replace(rebuilt.world, prepared.commit());
        const { policy } = rebuilt.world;
        if (policy.revision !== former.policy.revision || catalogue.revision !== former.catalogue.revision) {
          ledger.append(reloadNotice(policy.revision, catalogue.revision)).catch(log.noticeNotRecorded);
        }
        admission.reload(next.config.admission);
        breakers.keep(new Set(catalogue.byId.keys()));
        places.reload(next);
        return rebuilt.warnings;
      },
      async close(drainMs = config.server.drain_ms) {
        health.startDraining();
        await doors.drain(drainMs, dispatch);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function breakerSettings({ config }: LoadedConfig): Parameters<typeof createBreakers>[0] {
  const { error_threshold_percentage, volume_threshold, window_ms, reset_ms } = config.breaker;
  return {
    errorThresholdPercentage: error_threshold_percentage,
    volumeThreshold: volume_threshold,
    windowMs: window_ms,
    resetMs: reset_ms,
  };
}

/** Concurrency limits, one a target, made when first asked for; a reload changes those whose maximum changed. */
function createPlaces(first: LoadedConfig): {
  of(targetId: string): ConcurrencyLimit;
  reload(next: LoadedConfig): void;
} {
  const maxima = ({ config }: LoadedConfig): Map<string, number> =>
    new Map(config.targets.map(({ id, max_concurrency }) => [id, max_concurrency]));
  let most = maxima(first);
  const places = new Map<string, ConcurrencyLimit>();
  return {
    of(targetId) {
      let place = places.get(targetId);
      if (!place) {
        place = createConcurrencyLimit(most.get(targetId) ?? 256, systemClock.monotonic);
        places.set(targetId, place);
      }
      return place;
    },
    reload(next) {
      const former = most;
      most = maxima(next);
      // Calls under way give their places back to the former limit.
      for (const id of places.keys()) if (former.get(id) !== most.get(id)) places.delete(id);
    },
  };
}

/** Headers by which a proxy says that the caller is somebody else. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
