import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { type Policy, PolicySchema, RequireSchema } from "#gen/pointsman/v1/policy_pb.ts";
import { arbitraryCondition } from "./arbitraries.ts";

const text = fc.constantFrom(
  "",
  "Because.",
  "two\nlines",
  "yes",
  "1",
  "null",
  "a: b",
  "# no comment",
  "'quoted'",
);
const share = fc.constantFrom(0, 0.1, 0.25, 0.5);
const dollars = fc.constantFrom(0, 0.001, 1, 2.5);
const weight = fc.constantFrom(-1, -0.001, 0.1, 3);
const target = fc.constantFrom("large", "small", "docs");
const tag = fc.constantFrom("small", "code", "docs", "reasoning");
const length: fc.Arbitrary<Duration> = fc
  .constantFrom(1n, 30n, 59n, 7200n)
  .chain((seconds) =>
    fc.constantFrom(0, 500_000_000, 1).map((nanos) => create(DurationSchema, { seconds, nanos })),
  );
const briefLength = fc
  .constantFrom(0, 500_000_000)
  .map((nanos) => create(DurationSchema, { seconds: 1n, nanos }));
const only = fc
  .record({ targets: fc.uniqueArray(target), tags: fc.uniqueArray(tag) })
  .filter(({ targets, tags }) => targets.length + tags.length > 0);

function partly(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

const arbitraryRule = fc.record(
  {
    description: text,
    when: arbitraryCondition,
    deny: fc.record({ message: text }),
    refuse: fc.record({ message: text }),
    require: partly({
      capabilities: fc.subarray([1, 2]),
      regions: fc.subarray(["eu", "us"]),
      noRetention: fc.boolean(),
      maxPrice: partly({ input: dollars, output: dollars }),
      minSuccessProbability: share,
      maxCostMicros: fc.constantFrom(0, 5000),
      maxLatency: length,
      tags: fc.subarray(["small", "code"]),
    }),
    prefer: fc.array(
      fc.oneof(
        fc.record({ subject: target.map((value) => ({ case: "target", value })), weight }),
        fc.record({ subject: tag.map((value) => ({ case: "tag", value })), weight }),
      ),
      { maxLength: 2 },
    ),
    only,
    redact: fc.array(
      fc.record({
        kinds: fc.uniqueArray(fc.constantFrom("pii", "secrets", "email"), { minLength: 1 }),
        action: fc.integer({ min: 0, max: 5 }),
        critical: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    retrieve: fc.record({ collection: fc.constant("pointsman"), k: fc.constantFrom(0, 1, 20) }),
    cache: fc.record({ ttl: length, maxBytes: fc.constantFrom(1, 1000) }, { requiredKeys: ["ttl"] }),
    stakes: partly({
      successValue: dollars,
      failureCost: dollars,
      latencyCost: dollars,
      noAnswerValue: weight,
    }),
    attempts: partly({
      max: fc.integer({ min: 1, max: 10 }),
      perTryTimeout: length,
      totalTimeout: length,
      deadlineShare: fc.constantFrom(0.5, 1),
      hedge: partly({ after: length, maxShare: share }),
      onInterrupt: fc.integer({ min: 0, max: 2 }),
    }),
    experiment: fc.record({
      id: fc.constantFrom("e", "f"),
      key: fc.constantFrom("", "request", "caller.user", "labels.team"),
      arms: fc.constantFrom(
        [
          { name: "a", weight: 1 },
          { name: "b", weight: 2, only: { tags: ["small"] } },
        ],
        [
          { name: "a", weight: 0 },
          { name: "b", weight: 0.5, only: { targets: ["large"] } },
        ],
      ),
    }),
    shadow: fc.record({ target, share, maxDollarsPerDay: dollars }, { requiredKeys: ["target", "share"] }),
    log: fc.record({ level: fc.integer({ min: 1, max: 3 }) }),
    explore: fc.record(
      { share, maxExtraCost: dollars, minSamples: fc.constantFrom(0, 9) },
      { requiredKeys: ["share"] },
    ),
    stripTools: fc.record({ names: fc.subarray(["search", "run-code"]) }),
    classify: fc.record(
      { target, belowConfidence: share, timeout: briefLength },
      { requiredKeys: ["target"] },
    ),
  },
  { requiredKeys: [] },
);

/** Policies with every effect; each part is in bounds, but rules may contradict each other. */
export const arbitraryPolicy: fc.Arbitrary<Policy> = fc
  .record({ name: text, description: text, rules: fc.array(arbitraryRule, { maxLength: 5 }) })
  .map(({ rules, ...rest }) => {
    const named = rules.map((rule, index) => ({ ...rule, id: `rule-${index}` }));
    return create(PolicySchema, { ...rest, rules: named } as unknown as MessageInitShape<
      typeof PolicySchema
    >);
  });

const possible = fc.constantFrom(
  "",
  "streaming",
  "difficulty > 0.25",
  "task in ['chat', 'translation'] || input_tokens > 1000",
  "labels.team == 'x' || has(hints.quality_floor)",
  "caller.roles.exists(role, role == 'chat')",
);

/** Policies that compile: every rule can apply, the smallest target always is allowed, only the last rule may refuse. */
export const arbitrarySoundPolicy: fc.Arbitrary<Policy> = fc
  .tuple(arbitraryPolicy, fc.array(possible, { minLength: 5, maxLength: 5 }))
  .map(([policy, conditions]) => {
    for (const [index, rule] of policy.rules.entries()) {
      rule.when = conditions[index]!;
      delete rule.deny;
      if (index < policy.rules.length - 1) delete rule.refuse;
      if (rule.require) rule.require = create(RequireSchema, { tags: ["small"], maxCostMicros: 5000 });
      if (rule.only) rule.only.targets = ["small"];
    }
    return policy;
  });
