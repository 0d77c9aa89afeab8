import { create } from "@bufbuild/protobuf";
import type { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { type Scorecard, type SuccessCurve, SuccessCurveSchema } from "#gen/pointsman/v1/scorecard_pb.ts";
import { type SuccessEstimate, SuccessEstimateSchema, type Target } from "#gen/pointsman/v1/target_pb.ts";
import type { Clock } from "../lib/clock.ts";
import { assumedBelief, assumedLatency } from "./assumed.ts";
import { createLatencyTracker, createOutputTracker, type LatencyTracker } from "./call-trackers.ts";
import { CENTRE, type FittedCurve, logOddsAt, logOddsVariance } from "./fit-curve.ts";
import { correctionsFor, type PromptFeatures } from "./prompt-correction.ts";
import { checkScorecard } from "./scorecard-file.ts";
import { completeSettings, type ScorecardSettings } from "./settings.ts";
import { createSnapshot } from "./snapshot.ts";
import { logistic } from "./success-probability.ts";
import { createSuccessTracker, type DriftAlarm, type SuccessTracker } from "./success-tracker.ts";
import { knownTask, TASKS } from "./tasks.ts";

/** 90 % of a normal distribution lie within this many standard deviations. */
const SHOWN = 1.645;

/** What became of an answer. */
export interface ObservedOutcome {
  readonly targetId: string;
  readonly task: Task;
  /** 0 to 1. */
  readonly difficulty: number;
  /** Whether the answer did its job, or a score of 0 to 1. */
  readonly success: boolean | number;
  /** How much it counts, over 0, at most 1. Default 1. */
  readonly weight?: number;
  /** When, in milliseconds since the epoch. */
  readonly time: number;
}

/** How long a call took. */
export interface ObservedLatency {
  readonly targetId: string;
  /** From the start of the call to its first output, in milliseconds. */
  readonly timeToFirstTokenMs: number;
  readonly outputTokens: number;
  /** From the start of the call to its end, in milliseconds. */
  readonly durationMs: number;
  /** When, in milliseconds since the epoch. Default now. */
  readonly time?: number;
}

/** How long an answer was. */
export interface ObservedOutput {
  readonly task: Task;
  readonly tokens: number;
  /** When, in milliseconds since the epoch. Default now. */
  readonly time?: number;
}

/** Who is right for whom: learns from outcomes and calls, and hands out frozen snapshots of what it knows. */
export interface ScorecardStore {
  /** The newest snapshot; the same object as before while nothing changed or the refresh time is not over. */
  current(): Scorecard;
  /** Learns from an outcome. False where the target is not known or a number is out of its range: nothing is learned. */
  observeOutcome(outcome: ObservedOutcome): boolean;
  /** Learns from a call. False as above. */
  observeLatency(call: ObservedLatency): boolean;
  /** Learns from the length of an answer. False as above. */
  observeOutput(answer: ObservedOutput): boolean;
  /**
   * Starts from what an evaluation found, in place of what an earlier one did; outcomes observed so far stay. Its curves
   * count as outcomes at the given time (milliseconds since the epoch, default now) and decay like them.
   * @throws ScorecardError `invalid_scorecard`.
   */
  load(scorecard: Scorecard, time?: number): void;
  /**
   * Gives what says, for as long as it is held, what prompts like one say of targets beyond their curves, as what was loaded
   * last has it: what to add to the log-odds of success, by target, sorted; targets of which nothing is to be said are left out.
   */
  successAdjustments(): (features: () => PromptFeatures) => Record<string, number>;
  /** Changes the catalogue: targets that stay keep what was learned, others are forgotten. */
  setTargets(targets: readonly Target[]): void;
  /** The probability of success at difficulty 0.5, task by task, with its 90 % interval; none for an unknown target. */
  successEstimates(targetId: string): SuccessEstimate[];
}

interface TargetTrackers {
  readonly latency: LatencyTracker;
  readonly success: ReadonlyMap<Task, SuccessTracker>;
}

/**
 * A store that holds a fixed amount for every target. The same targets and the same sequence of observations give the
 * same snapshots, so it can be rebuilt by replaying history.
 * @throws ScorecardError `invalid_setting`.
 */
export function createScorecard(options: {
  targets: readonly Target[];
  clock: Clock;
  settings?: Partial<ScorecardSettings>;
  /** Told when outcomes have left what was predicted; once, as the curve then follows them. */
  onDrift?(alarm: DriftAlarm): void;
}): ScorecardStore {
  const { clock } = options;
  const settings = completeSettings(options.settings);
  const outputs = new Map(TASKS.map((task) => [task, createOutputTracker(task, settings)]));
  const trackers = new Map<string, TargetTrackers>();
  /** Evaluations found this; kept so that a target that comes later starts from it too. */
  let evaluated: { scorecard: Scorecard; time: number } | undefined;
  let latest = Number.NEGATIVE_INFINITY;
  let changed = true;
  let snapshot: Scorecard | undefined;
  let refreshed = Number.NEGATIVE_INFINITY;

  function setTargets(targets: readonly Target[]): void {
    const kept = new Set(targets.map((target) => target.id));
    for (const id of trackers.keys()) if (!kept.has(id)) trackers.delete(id);
    for (const target of targets) {
      const known = trackers.get(target.id);
      if (known === undefined) trackers.set(target.id, createTrackers(target, settings));
      else assumeAnew(known, target, settings);
    }
    if (evaluated !== undefined) applyEvaluation(evaluated.scorecard, evaluated.time);
    changed = true;
    // Outcomes can wait for the next refresh; a target without a curve would be taken for one that never succeeds.
    refreshed = Number.NEGATIVE_INFINITY;
  }

  function applyEvaluation(scorecard: Scorecard, time: number): void {
    for (const curve of scorecard.curves)
      trackers.get(curve.targetId)?.success.get(knownTask(curve.task))?.load(curve, time);
    for (const latency of scorecard.latencies) trackers.get(latency.targetId)?.latency.assume(latency);
    for (const output of scorecard.outputs) outputs.get(knownTask(output.task))?.assume(output);
  }

  function makeSnapshot(): Scorecard {
    // Time passes in steps, so that decay alone changes a quiet curve only now and then.
    const step = settings.halfLife / 100;
    const time = Math.floor(latest / step) * step;
    const curves: SuccessCurve[] = [];
    for (const [targetId, { success }] of trackers)
      for (const [task, tracker] of success) curves.push(toCurve(targetId, task, tracker, time));
    return createSnapshot({
      curves,
      latencies: [...trackers.values()].map(({ latency }) => latency.profile()),
      outputs: [...outputs.values()].map((output) => output.prediction()),
    });
  }

  setTargets(options.targets);
  return {
    current() {
      const now = clock.monotonic();
      if (snapshot !== undefined && (!changed || now - refreshed < settings.refresh)) return snapshot;
      const next = makeSnapshot();
      // An equal one stays the same object: whoever compares snapshots by identity sees no change.
      if (snapshot?.revision !== next.revision) snapshot = next;
      refreshed = now;
      changed = false;
      return snapshot ?? next;
    },
    observeOutcome({ targetId, task, difficulty, success, weight = 1, time }) {
      const target = trackers.get(targetId);
      const score = Number(success);
      if (target === undefined || !isShare(difficulty) || !isShare(score)) return false;
      if (!(weight > 0 && weight <= 1) || !Number.isFinite(time)) return false;
      const curve = knownTask(task);
      const alarm = target.success.get(curve)!.observe({ difficulty, success: score, weight, time });
      if (alarm !== undefined) options.onDrift?.({ targetId, task: curve, ...alarm });
      latest = Math.max(latest, time);
      changed = true;
      return true;
    },
    observeLatency({ targetId, timeToFirstTokenMs, outputTokens, durationMs, time = clock.now() }) {
      const target = trackers.get(targetId);
      if (target === undefined || !isAmount(timeToFirstTokenMs) || !isAmount(outputTokens)) return false;
      if (!isAmount(durationMs) || durationMs < timeToFirstTokenMs || !Number.isFinite(time)) return false;
      target.latency.observe({
        firstToken: timeToFirstTokenMs / 1_000,
        tokens: outputTokens,
        generation: (durationMs - timeToFirstTokenMs) / 1_000,
        time,
      });
      changed = true;
      return true;
    },
    observeOutput({ task, tokens, time = clock.now() }) {
      if (!isAmount(tokens) || !Number.isFinite(time)) return false;
      outputs.get(knownTask(task))!.observe(tokens, time);
      changed = true;
      return true;
    },
    load(scorecard, time = clock.now()) {
      checkScorecard(scorecard);
      evaluated = { scorecard, time };
      latest = Math.max(latest, time);
      applyEvaluation(scorecard, time);
      changed = true;
    },
    successAdjustments() {
      const correction = evaluated?.scorecard.promptCorrection;
      return (features) => (correction === undefined ? {} : correctionsFor(correction, features()));
    },
    setTargets,
    successEstimates(targetId) {
      const target = trackers.get(targetId);
      if (target === undefined) return [];
      return [...target.success].map(([task, tracker]) => toEstimate(task, tracker, latest));
    },
  };
}

function createTrackers(target: Target, settings: ScorecardSettings): TargetTrackers {
  return {
    latency: createLatencyTracker(assumedLatency(target), settings),
    success: new Map(
      TASKS.map((task) => [task, createSuccessTracker(assumedBelief(target, task, settings), settings)]),
    ),
  };
}

function assumeAnew(known: TargetTrackers, target: Target, settings: ScorecardSettings): void {
  known.latency.assume(assumedLatency(target));
  for (const [task, tracker] of known.success) tracker.assume(assumedBelief(target, task, settings));
}

function toCurve(targetId: string, task: Task, tracker: SuccessTracker, time: number): SuccessCurve {
  const fitted: FittedCurve = tracker.fitted(time);
  return create(SuccessCurveSchema, {
    targetId,
    task,
    intercept: logOddsAt(fitted, 0),
    slope: fitted.slope,
    effectiveSampleCount: tracker.sampleCount(),
    standardError: Math.sqrt(logOddsVariance(fitted, tracker.meanDifficulty())),
  });
}

function toEstimate(task: Task, tracker: SuccessTracker, time: number): SuccessEstimate {
  const fitted = tracker.fitted(time);
  const logOdds = logOddsAt(fitted, CENTRE);
  const away = SHOWN * Math.sqrt(logOddsVariance(fitted, CENTRE));
  return create(SuccessEstimateSchema, {
    task,
    successProbability: logistic(logOdds),
    effectiveSampleCount: tracker.sampleCount(),
    lower: logistic(logOdds - away),
    upper: logistic(logOdds + away),
  });
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

function isAmount(value: number): boolean {
  return value >= 0 && Number.isFinite(value);
}
