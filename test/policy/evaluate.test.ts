import { create, toJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PlanSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { type Facts, FactsSchema, Modality } from "#gen/pointsman/v1/facts_pb.ts";
import { Attempts_OnInterrupt, LogLevel, Redact_Action } from "#gen/pointsman/v1/policy_pb.ts";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { PolicyIssue_Severity } from "#gen/pointsman/v1/route_service_pb.ts";
import { compilePolicy, createEmptyPolicy, loadPolicy } from "../../src/policy/compile-policy.ts";
import { denialMessage, refusalMessage } from "../../src/policy/evaluate.ts";
import type { CompiledPolicy } from "../../src/policy/evaluation.ts";
import { arbitraryFacts } from "./arbitraries.ts";
import { arbitrarySoundPolicy } from "./arbitrary-policy.ts";
import { world } from "./world.ts";

function compiled(rules: string, onFailure?: (ruleId: string, reason: string) => void): CompiledPolicy {
  const { policy, issues } = loadPolicy(`rules:\n${rules}`, world, onFailure);
  if (!policy) throw new Error(JSON.stringify(issues.map(({ path, message }) => `${path}: ${message}`)));
  return policy;
}

function facts(fields: Parameters<typeof create<typeof FactsSchema>>[1] = {}): Facts {
  return create(FactsSchema, fields);
}

describe("a policy without rules", () => {
  it("fills in every default", () => {
    const { plan, ...rest } = createEmptyPolicy().evaluate(facts());
    expect(rest).toEqual({ matches: [], requirements: [], allowances: [], preferences: [] });
    expect(JSON.parse(toJsonString(PlanSchema, plan))).toEqual({
      stakes: { successValue: 0.01, failureCost: 0.005, latencyCost: 0.0001 },
      attempts: {
        max: 3,
        perTryTimeout: "30s",
        totalTimeout: "120s",
        deadlineShare: 1,
        onInterrupt: "ON_INTERRUPT_FAIL",
      },
      log: { level: "LOG_LEVEL_NONE" },
    });
  });
});

describe("rules", () => {
  it("apply in order, with their effects by field name", () => {
    const policy = compiled(`
  - {id: a, when: streaming, log: redacted, strip_tools: true}
  - {id: b, when: json_output, log: full}
  - {id: c, prefer: {tag: small, weight: 1}}
`);
    expect(policy.evaluate(facts({ streaming: true })).matches).toMatchObject([
      { ruleId: "a", effects: ["log", "strip_tools"] },
      { ruleId: "c", effects: ["prefer"] },
    ]);
  });

  it("end at the first that denies or refuses; its own settings still count", () => {
    const policy = compiled(`
  - {id: deny, when: risk.harmful > 0.9, deny:, log: full}
  - {id: refuse, when: risk.harmful > 0.5, refuse: We would rather not.}
  - {id: after, log: redacted, cache: 5m}
`);
    const denied = policy.evaluate(facts({ risk: { harmful: 0.95 } }));
    expect(denied.ending).toEqual({ kind: "deny", ruleId: "deny", message: denialMessage });
    expect(denied.matches.map(({ ruleId }) => ruleId)).toEqual(["deny"]);
    expect(denied.plan.log?.level).toBe(LogLevel.FULL);
    expect(denied.plan.cache).toBeUndefined();
    const refused = policy.evaluate(facts({ risk: { harmful: 0.6 } }));
    expect(refused.ending).toEqual({ kind: "refuse", ruleId: "refuse", message: "We would rather not." });
    expect(compiled("  - {id: r, refuse: }").evaluate(facts()).ending?.message).toBe(refusalMessage);
  });

  it("add up constraints and preferences", () => {
    const policy = compiled(`
  - {id: a, require: {tags: small}, only: {targets: [small, large]}, prefer: {tag: small, weight: 0.1}}
  - {id: b, require: {no_retention: true}, prefer: [{target: small, weight: -0.1}, {tag: code, weight: 2}]}
`);
    const { requirements, allowances, preferences } = policy.evaluate(facts());
    expect(requirements.map(({ ruleId }) => ruleId)).toEqual(["a", "b"]);
    expect(allowances).toMatchObject([{ ruleId: "a", only: { targets: ["small", "large"], tags: [] } }]);
    expect(preferences.map(({ ruleId, prefer }) => [ruleId, prefer.subject.value, prefer.weight])).toEqual([
      ["a", "small", 0.1],
      ["b", "small", -0.1],
      ["b", "code", 2],
    ]);
  });
});

describe("settings", () => {
  const planOf = (rules: string, given = facts()) => compiled(rules).evaluate(given).plan;

  it("come field by field from the last rule that sets them", () => {
    const plan = planOf(`
  - {id: a, stakes: {success_value: 1, failure_cost: 2}, attempts: {max: 5, on_interrupt: restart, hedge: {after: 2s}}}
  - {id: b, when: difficulty < 2, stakes: {failure_cost: 0}, attempts: {total_timeout: 1m}}
  - {id: c, when: draw < 2, cache: {ttl: 1h, max_bytes: 10}, shadow: {target: small, share: 0.5, max_dollars_per_day: 7}}
  - {id: d, when: draw < 3, cache: {ttl: 5m}, shadow: {target: docs, share: 0.25}, classify: {target: small}}
`);
    expect(plan.stakes).toMatchObject({ successValue: 1, failureCost: 0, latencyCost: 0.0001 });
    expect(plan.attempts).toMatchObject({
      max: 5,
      totalTimeout: { seconds: 60n },
      onInterrupt: Attempts_OnInterrupt.RESTART,
      hedge: { after: { seconds: 2n }, maxShare: 0.05 },
    });
    expect(plan.cache).toMatchObject({ ttl: { seconds: 300n }, maxBytes: 10 });
    expect(plan.shadow).toMatchObject({ target: "docs", share: 0.25, maxDollarsPerDay: 7 });
    expect(plan.classify).toMatchObject({ target: "small", belowConfidence: 0.5, timeout: { seconds: 1n } });
  });

  it("have defaults where an effect is set but not all of its fields", () => {
    const plan = planOf(`
  - {id: a, retrieve: {collection: pointsman}, cache: 5m, shadow: {target: small, share: 0.1}, explore: {share: 0.1}}
  - {id: b, redact: {kinds: pii}}
`);
    expect(plan.retrieve).toMatchObject({ collection: "pointsman", k: 4 });
    expect(plan.cache?.maxBytes).toBe(262_144);
    expect(plan.shadow?.maxDollarsPerDay).toBe(1);
    expect(plan.explore).toMatchObject({ share: 0.1, maxExtraCost: 0.001, minSamples: 50 });
    expect(plan.redact).toMatchObject([{ kinds: ["pii"], action: Redact_Action.TOKENISE, critical: false }]);
  });

  it("are switched off by no time and no share", () => {
    const plan = planOf(`
  - {id: a, cache: 5m, shadow: {target: small, share: 0.1}, explore: {share: 0.1}}
  - {id: b, when: draw < 2, cache: 0s, shadow: {target: small, share: 0}, explore: {share: 0}}
`);
    expect([plan.cache, plan.shadow, plan.explore]).toEqual([undefined, undefined, undefined]);
  });

  it("redact name by name", () => {
    const plan = planOf(`
  - {id: a, redact: [{kinds: [email, secrets], action: redact, critical: true}, {kinds: pii}]}
  - {id: b, when: draw < 2, redact: {kinds: email, action: allow}}
  - {id: c, when: draw < 3, redact: {kinds: secrets}}
`);
    expect(plan.redact).toMatchObject([
      { kinds: ["email"], action: Redact_Action.ALLOW, critical: true },
      { kinds: ["secrets"], action: Redact_Action.REDACT, critical: true },
      { kinds: ["pii"], action: Redact_Action.TOKENISE, critical: false },
    ]);
  });

  it("never give back a tool that a rule took away", () => {
    const two = "  - {id: a, strip_tools: [b, a]}\n  - {id: c, when: draw < 2, strip_tools: c}\n";
    expect(planOf(two).stripTools?.names).toEqual(["a", "b", "c"]);
    expect(planOf(`${two}  - {id: d, when: draw < 3, strip_tools: }\n`).stripTools?.names).toEqual([]);
    expect(planOf(`  - {id: all, strip_tools: true}\n${two}`).stripTools?.names).toEqual([]);
  });
});

describe("conditions", () => {
  it("see every kind of fact", () => {
    const given = facts({
      caller: { tenant: "acme", roles: ["caller", "operator"] },
      task: Task.CODE_GENERATION,
      difficulty: 0.7,
      inputTokens: 1001,
      modalities: [Modality.TEXT, Modality.IMAGE],
      labels: { team: "search" },
      sensitivity: { piiCount: 2, kinds: { email: 2 } },
      hints: { qualityFloor: 0 },
    });
    const holding = [
      "difficulty > 0",
      "input_tokens > 1000",
      "input_tokens > 1000.5",
      "input_tokens + predicted_output_tokens * 2 == 1001",
      "task == 'code_generation' && caller.tenant == \"acme\" && difficulty > 0.6",
      "'operator' in caller.roles",
      "'image' in modalities && size(modalities) == 2",
      "has(labels.team) && 'team' in labels && labels['team'].startsWith('se')",
      "!has(labels.other) && !('other' in labels)",
      "sensitivity.kinds.email == 2 && !('phone' in sensitivity.kinds)",
      "has(hints.quality_floor) && !has(hints.cost_ceiling_micros) && hints.cost_ceiling_micros == 0",
      "!has(hints.max_latency) && !has(warm_prefix.target_id)",
      "budget.remaining > 1000000.0 && budget.remaining_share == 1.0",
      "hints.task == 'unspecified' && hints.latency_class == 'unspecified'",
      "caller.tenant.matches('^ac(m|n)e$')",
      "caller.roles.exists(role, role.startsWith('oper'))",
      "labels.other == 'x' || difficulty > 0.5",
    ];
    const rules = holding.map(
      (when, index) => `  - {id: r${index}, when: ${JSON.stringify(when)}, prefer: {tag: small, weight: 1}}`,
    );
    expect(compiled(rules.join("\n")).evaluate(given).matches).toHaveLength(holding.length);
  });

  it("count as false where they fail, and say so", () => {
    const failures: string[] = [];
    const rules =
      "  - {id: a, when: labels.team == 'x', log: none}\n  - {id: b, when: 10 / turn_count > 1, log: full}\n";
    const policy = compiled(rules, (ruleId, reason) => failures.push(`${ruleId}: ${reason}`));
    // Told once a rule, however often it happens.
    for (let time = 0; time < 3; time++) expect(policy.evaluate(facts()).matches).toEqual([]);
    expect(failures).toEqual(["a: field not found: team", "b: int divide by zero"]);
  });

  it("match patterns in time that does not explode", () => {
    const policy = compiled("  - {id: a, when: \"labels.text.matches('^(a+)+$')\", log: none}\n");
    const started = performance.now();
    expect(policy.evaluate(facts({ labels: { text: `${"a".repeat(250)}!` } })).matches).toEqual([]);
    // With backtracking it would take longer than the universe exists.
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});

describe("an experiment", () => {
  const arms = "arms: [{name: old, weight: 3}, {name: new, weight: 1, only: {tags: small}}]";

  it("splits by weight, the same way every time, and allows what its arm allows", () => {
    const policy = compiled(`  - {id: r, experiment: {id: e, key: caller.user, ${arms}}}`);
    let fresh = 0;
    for (let user = 0; user < 4000; user++) {
      const given = facts({ caller: { user: `user-${user}` }, draw: Math.random() });
      const { plan, allowances } = policy.evaluate(given);
      expect(policy.evaluate(facts({ caller: { user: `user-${user}` }, draw: 0.1 })).plan.experiment).toEqual(
        plan.experiment,
      );
      expect(plan.experiment).toMatchObject({ experimentId: "e", ruleId: "r" });
      const isNew = plan.experiment?.arm === "new";
      if (isNew) fresh++;
      expect(allowances).toMatchObject(isNew ? [{ ruleId: "r", only: { tags: ["small"] } }] : []);
    }
    expect(fresh).toBeGreaterThan(900);
    expect(fresh).toBeLessThan(1100);
  });

  it("splits by the draw where the key is not there, and independently of other experiments", () => {
    const rule = (id: string) =>
      `  - {id: r-${id}, experiment: {id: ${id}, key: labels.team, ${arms.replace("3", "1")}}}`;
    const [first, second] = [compiled(rule("one")), compiled(rule("two"))];
    let same = 0;
    for (let index = 0; index < 2000; index++) {
      const given = facts({ draw: index / 2000 });
      if (first.evaluate(given).plan.experiment?.arm === second.evaluate(given).plan.experiment?.arm) same++;
    }
    expect(same).toBeGreaterThan(900);
    expect(same).toBeLessThan(1100);
  });

  it("gives way to a later one, with its arm", () => {
    const only = (tag: string) => `arms: [{name: a, weight: 1, only: {tags: ${tag}}}, {name: b, weight: 0}]`;
    const policy = compiled(`
  - {id: first, experiment: {id: e, ${only("small")}}}
  - {id: second, when: draw < 2, experiment: {id: f, ${only("code")}}}
`);
    const { plan, allowances } = policy.evaluate(facts());
    expect(plan.experiment).toMatchObject({ experimentId: "f", arm: "a" });
    expect(allowances).toMatchObject([{ ruleId: "second", only: { tags: ["code"] } }]);
  });
});

describe("an evaluation", () => {
  it("is the same for the same facts, whoever changed an earlier one, and changes no facts", () => {
    fc.assert(
      fc.property(arbitrarySoundPolicy, arbitraryFacts, (given, sample) => {
        const { policy, issues } = compilePolicy(given, world);
        expect(issues.filter(({ severity }) => severity === PolicyIssue_Severity.ERROR)).toEqual([]);
        const before = structuredClone(sample);
        const first = policy!.evaluate(sample);
        const wanted = structuredClone(first);
        scribble(first.plan);
        scribble(first.matches);
        expect(policy!.evaluate(sample)).toEqual(wanted);
        expect(sample).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves the policy frozen", () => {
    const policy = compiled("  - {id: a, prefer: {tag: small, weight: 1}}");
    expect(() => {
      policy.policy.rules[0]!.id = "b";
    }).toThrow(TypeError);
    expect(() => policy.policy.rules[0]!.prefer.push()).toThrow(TypeError);
  });
});

/** Overwrites everything that can be overwritten. */
function scribble(value: object): void {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === "object" && inner !== null) scribble(inner);
    (value as Record<string, unknown>)[key] = "scribble";
  }
}

describe("speed", () => {
  it("is some microseconds for three conditions: no more than to copy the facts", () => {
    const policy = compiled(`
  - {id: a, when: task == 'code_generation' && difficulty > 0.5, log: redacted}
  - {id: b, when: labels.team == 'search' || risk.injection > 0.9, strip_tools: true}
  - {id: c, when: caller.tenant == 'acme' && input_tokens > 2000, prefer: {tag: code, weight: 1}}
`);
    const given = facts({
      task: Task.CODE_GENERATION,
      difficulty: 0.7,
      inputTokens: 3000,
      caller: { tenant: "acme" },
    });
    // The best of several rounds says what the code costs; the others say what else the machine was doing.
    const best = (work: () => void): number => {
      const rounds = Array.from({ length: 20 }, () => {
        const started = performance.now();
        for (let index = 0; index < 500; index++) work();
        return (performance.now() - started) / 500;
      });
      return Math.min(...rounds);
    };
    const evaluation = best(() => policy.evaluate(given));
    expect(evaluation).toBeLessThan(best(() => structuredClone(given)));
  });
});
