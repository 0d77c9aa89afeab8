import type { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import type {
  LatencyProfile,
  OutputPrediction,
  Scorecard,
  SuccessCurve,
} from "#gen/pointsman/v1/scorecard_pb.ts";
import { knownTask } from "./tasks.ts";

interface Index {
  readonly curves: ReadonlyMap<string, ReadonlyMap<Task, SuccessCurve>>;
  readonly latencies: ReadonlyMap<string, LatencyProfile>;
  readonly outputs: ReadonlyMap<Task, OutputPrediction>;
}

/** Snapshots are frozen, so an index stays right for as long as its snapshot lives. */
const indexes = new WeakMap<Scorecard, Index>();

/**
 * The success curve of a target at a task, or undefined where the scorecard does not hold the target. The first look-up
 * in a snapshot builds an index, later ones take constant time.
 */
export function curveFor(scorecard: Scorecard, targetId: string, task: Task): SuccessCurve | undefined {
  return indexOf(scorecard).curves.get(targetId)?.get(knownTask(task));
}

/** The speed of a target, or undefined where the scorecard does not hold the target. */
export function latencyFor(scorecard: Scorecard, targetId: string): LatencyProfile | undefined {
  return indexOf(scorecard).latencies.get(targetId);
}

/** The length of an answer to a task, or undefined where the scorecard does not hold the task. */
export function outputFor(scorecard: Scorecard, task: Task): OutputPrediction | undefined {
  return indexOf(scorecard).outputs.get(knownTask(task));
}

function indexOf(scorecard: Scorecard): Index {
  const known = indexes.get(scorecard);
  if (known !== undefined) return known;
  const curves = new Map<string, Map<Task, SuccessCurve>>();
  for (const curve of scorecard.curves) {
    const ofTarget = curves.get(curve.targetId) ?? new Map<Task, SuccessCurve>();
    curves.set(curve.targetId, ofTarget.set(curve.task, curve));
  }
  const index: Index = {
    curves,
    latencies: new Map(scorecard.latencies.map((latency) => [latency.targetId, latency])),
    outputs: new Map(scorecard.outputs.map((output) => [output.task, output])),
  };
  // An index of a scorecard that can still change would go stale, so only frozen ones are remembered.
  if (Object.isFrozen(scorecard)) indexes.set(scorecard, index);
  return index;
}
