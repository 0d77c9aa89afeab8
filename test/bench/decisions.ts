import { create } from "@bufbuild/protobuf";
import { BudgetSchema, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { buildWorld } from "../../src/build-world.ts";
import { createClassifier } from "../../src/classify/classifier.ts";
import { loadConfig } from "../../src/config.ts";
import { decide } from "../../src/engine/decide.ts";
import { buildFacts } from "../../src/engine/facts.ts";
import { createPrivacyGuard } from "../../src/engine/privacy-guard.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { stableFraction } from "../../src/lib/digest.ts";
import { makeId } from "../../src/lib/ids.ts";
import { createScorecard } from "../../src/scorecard/scorecard.ts";
import { median, percentile } from "./figures.ts";
import { inputOf, PROMPTS } from "./requests.ts";

/** What one step of deciding costs, in microseconds. */
export interface StepCost {
  readonly name: string;
  /** CPU of the deciding thread: what it costs, however busy the machine is. */
  readonly cpuMean: number;
  /** By the clock, as are the percentiles: other work on the machine is in them. */
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * Measures in this process what a decision costs, step by step and as a whole, over all prompts in turn. Rounds are
 * interleaved and medians taken, since other work on the machine hits rounds, not steps.
 */
export function measureDecisions(
  configFile: string,
  folder: string,
  size: { rounds: number; samples: number },
): StepCost[] {
  const loaded = loadConfig(configFile, {}, folder);
  const { world } = buildWorld(loaded, [], () => ({
    generate: () => {
      throw new Error("deciding calls nobody");
    },
    close: async () => undefined,
  }));
  const classifier = createClassifier();
  const guard = createPrivacyGuard(new Uint8Array(32));
  const scorecard = createScorecard({ targets: world.catalogue.targets, clock: systemClock }).current();
  const caller = create(CallerSchema, { tenant: "acme", app: "bench", keyId: "bench", roles: ["caller"] });
  const budget = create(BudgetSchema, { remaining: 1_000, remainingShare: 1 });
  const inputs = PROMPTS.map(inputOf);

  const factsOf = (index: number) => {
    const input = inputs[index % inputs.length]!;
    const id = makeId();
    return buildFacts({
      caller,
      input,
      classification: classifier.classify(input),
      sensitivity: guard.inspect(input).sensitivity,
      budget,
      unavailableTargetIds: [],
      warmPrefix: undefined,
      draw: stableFraction(id),
      successAdjustments: {},
      streaming: false,
      scorecard,
    });
  };
  const stamp = () => ({ id: makeId(), createTime: systemClock.now(), requestId: "" });
  const facts = inputs.map((_, index) => factsOf(index));
  const factsAt = (index: number) => facts[index % facts.length]!;
  const inputAt = (index: number) => inputs[index % inputs.length]!;
  const steps: readonly (readonly [string, (index: number) => unknown])[] = [
    ["policy: 3 rules", (index) => world.policy.evaluate(factsAt(index))],
    [
      "decide: policy and 5 targets",
      (index) => decide(factsAt(index), world.policy, world.catalogue, scorecard, stamp()),
    ],
    ["classify", (index) => classifier.classify(inputAt(index))],
    ["search for private values", (index) => guard.inspect(inputAt(index))],
    [
      "whole decision, from the input",
      (index) => decide(factsOf(index), world.policy, world.catalogue, scorecard, stamp()),
    ],
  ];
  for (const [, step] of steps) sample(step, size.samples);
  const found = steps.map(() => [] as StepCost[]);
  for (let round = 0; round < size.rounds; round += 1) {
    for (const [index, [name, step]] of steps.entries()) {
      found[index]!.push(costOf(name, sample(step, size.samples), cpuOf(step, size.samples)));
    }
  }
  return found.map((costs) => ({
    name: costs[0]!.name,
    cpuMean: median(costs.map(({ cpuMean }) => cpuMean)),
    mean: median(costs.map(({ mean }) => mean)),
    p50: median(costs.map(({ p50 }) => p50)),
    p99: median(costs.map(({ p99 }) => p99)),
  }));
}

function sample(step: (index: number) => unknown, count: number): Float64Array {
  const micros = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    step(index);
    micros[index] = (performance.now() - start) * 1_000;
  }
  return micros;
}

/** The CPU time of one call, over as many as the clock of the thread needs to tell it from none. */
function cpuOf(step: (index: number) => unknown, atOnce: number): number {
  const before = process.threadCpuUsage();
  for (let calls = atOnce; ; calls += atOnce) {
    for (let index = 0; index < atOnce; index += 1) step(index);
    const { user, system } = process.threadCpuUsage(before);
    if (user + system >= LEAST_CPU_MICROS) return (user + system) / calls;
  }
}

const LEAST_CPU_MICROS = 100_000;

function costOf(name: string, micros: Float64Array, cpuMean: number): StepCost {
  const sum = micros.reduce((total, value) => total + value, 0);
  return {
    name,
    cpuMean,
    mean: sum / micros.length,
    p50: percentile(micros, 0.5),
    p99: percentile(micros, 0.99),
  };
}
