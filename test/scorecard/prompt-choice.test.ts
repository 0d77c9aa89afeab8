import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { PolicySchema } from "#gen/pointsman/v1/policy_pb.ts";
import { Role, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { type Target, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { createClassifier } from "../../src/classify/classifier.ts";
import { promptFeaturesId } from "../../src/classify/prompt-features.ts";
import { createCatalogue } from "../../src/engine/catalogue.ts";
import { decide } from "../../src/engine/decide.ts";
import { compilePolicy } from "../../src/policy/compile-policy.ts";
import { fitOutcomes } from "../../src/scorecard/fit-outcomes.ts";
import { parseOutcomeRows } from "../../src/scorecard/outcome-rows.ts";
import { createScorecard } from "../../src/scorecard/scorecard.ts";
import { formatScorecard, parseScorecard } from "../../src/scorecard/scorecard-file.ts";

const TARGETS: Target[] = ["contracts", "kitchen"].map((id) =>
  create(TargetSchema, { id, price: { input: 1, output: 3 }, prior: { strength: 0.7 } }),
);
const LAW = ["a tenancy", "a patent licence", "an employment contract", "a settlement", "a merger", "a loan"];
const CLAUSES = ["liability", "termination", "arbitration", "warranty", "notice", "assignment", "indemnity"];
const FOOD = ["lentil soup", "rye bread", "apple cake", "mushroom risotto", "roast chicken", "pancakes"];
const STEPS = [
  "oven temperature",
  "resting time",
  "seasoning",
  "choice of flour",
  "garnish",
  "storage",
  "stock",
];

const legal = (index: number): string =>
  `Which clause on ${CLAUSES[index % 7]} is usual in ${LAW[index % 6]} between two companies?`;
const culinary = (index: number): string =>
  `What ${STEPS[index % 7]} is usual for ${FOOD[index % 6]} at a dinner for two families?`;

describe("outcomes reported with prompts", () => {
  const classifier = createClassifier();
  const classify = (prompt: string) =>
    classifier.classify(
      create(RouteInputSchema, {
        turns: [{ role: Role.USER, parts: [{ content: { case: "text", value: prompt } }] }],
      }),
    );
  // There are 42 prompts of each kind; the last six are kept for asking.
  const lines = Array.from({ length: 36 }, (_, index) => index).flatMap((index) =>
    [legal(index), culinary(index)].map((prompt, kind) =>
      JSON.stringify({
        prompt,
        outcomes: {
          contracts: { score: kind === 0 || index % 5 === 0 ? 1 : 0 },
          kitchen: { score: kind === 1 || index % 5 === 1 ? 1 : 0 },
        },
      }),
    ),
  );
  const rows = parseOutcomeRows(lines.join("\n"), (prompt) => {
    const { task, difficulty, promptFeatures } = classify(prompt);
    return { task, difficulty, features: promptFeatures() };
  });
  const fit = fitOutcomes(rows, { targets: TARGETS, featuresId: promptFeaturesId() });
  const clock = { now: () => 1_800_000_000_000, monotonic: () => 0 };
  const store = createScorecard({ targets: TARGETS, clock });
  store.load(parseScorecard(formatScorecard(fit.scorecard)));
  const { policy } = compilePolicy(create(PolicySchema, { name: "test" }), {
    targets: TARGETS,
    collections: [],
    effects: new Set(),
    kinds: [],
  });
  const catalogue = createCatalogue(TARGETS);
  const decideOn = (facts: ReturnType<typeof factsOf>) =>
    decide(facts, policy!, catalogue, store.current(), { id: "1", createTime: 0, requestId: "" });

  function factsOf(prompt: string) {
    const { task, difficulty, promptFeatures } = classify(prompt);
    return create(FactsSchema, {
      caller: { tenant: "local" },
      task,
      difficulty,
      inputTokens: 100,
      predictedOutputTokens: 100,
      budget: { remaining: Number.POSITIVE_INFINITY, remainingShare: 1 },
      successAdjustments: store.successAdjustments()(promptFeatures),
    });
  }

  it("send prompts that nobody reported on to the target that is good at their like", () => {
    for (let index = 36; index < 42; index++) {
      expect(decideOn(factsOf(legal(index))).candidates[0]?.targetId).toBe("contracts");
      expect(decideOn(factsOf(culinary(index))).candidates[0]?.targetId).toBe("kitchen");
    }
  });

  it("are in the facts, so that what was recorded decides the same, byte for byte, without the prompt", () => {
    const decision = decideOn(factsOf(legal(40)));
    const recorded = fromBinary(DecisionSchema, toBinary(DecisionSchema, decision));
    expect(Object.keys(recorded.facts!.successAdjustments)).toEqual(["contracts", "kitchen"]);
    expect(toBinary(DecisionSchema, decideOn(recorded.facts!))).toEqual(toBinary(DecisionSchema, decision));
    expect(store.current().promptCorrection).toBeUndefined();
  });

  it("say nothing once a scorecard without them is loaded", () => {
    const other = createScorecard({ targets: TARGETS, clock });
    other.load(fit.scorecard);
    const { promptFeatures } = classify(legal(40));
    expect(Object.keys(other.successAdjustments()(promptFeatures))).toHaveLength(2);
    other.load(other.current());
    expect(other.successAdjustments()(promptFeatures)).toEqual({});
  });
});
