import { readFileSync } from "node:fs";
import { clone, create, toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Attempts_OnInterrupt, LogLevel, PolicySchema, Redact_Action } from "#gen/pointsman/v1/policy_pb.ts";
import { Capability } from "#gen/pointsman/v1/target_pb.ts";
import { compilePolicy, loadPolicy, policyRevision } from "../../src/policy/compile-policy.ts";
import { formatPolicy } from "../../src/policy/format-policy.ts";
import { parsePolicy } from "../../src/policy/parse-policy.ts";
import { arbitraryPolicy, arbitrarySoundPolicy } from "./arbitrary-policy.ts";
import { world } from "./world.ts";

function parsed(text: string) {
  const { policy, issues } = parsePolicy(text);
  expect(issues).toEqual([]);
  return policy!;
}

describe("a document", () => {
  it("may leave out what is plain", () => {
    const [rule] = parsed(`
rules:
  - id: a
    prefer: {tag: code, weight: 1}
    redact: {kinds: pii, action: block}
    require: {capabilities: tools, noRetention: true, max_latency: 500ms}
    cache: {ttl: 5m}
    log: redacted
    attempts: {on_interrupt: restart, perTryTimeout: 1m30s}
    strip_tools: search
    refuse: No.
    deny:
`).rules;
    expect(rule).toMatchObject({
      prefer: [{ subject: { case: "tag", value: "code" }, weight: 1 }],
      redact: [{ kinds: ["pii"], action: Redact_Action.BLOCK }],
      require: {
        capabilities: [Capability.TOOLS],
        noRetention: true,
        maxLatency: { seconds: 0n, nanos: 500_000_000 },
      },
      cache: { ttl: { seconds: 300n } },
      log: { level: LogLevel.REDACTED },
      attempts: { onInterrupt: Attempts_OnInterrupt.RESTART, perTryTimeout: { seconds: 90n } },
      stripTools: { names: ["search"] },
      refuse: { message: "No." },
      deny: { message: "" },
    });
  });

  it("may be what protobuf writes as JSON", () => {
    fc.assert(
      fc.property(arbitraryPolicy, (policy) => {
        expect(parsed(JSON.stringify(toJson(PolicySchema, policy), null, "\t"))).toEqual(policy);
      }),
      { numRuns: 200 },
    );
  });

  it("is read back as it is written", () => {
    fc.assert(
      fc.property(arbitraryPolicy, (policy) => {
        expect(parsed(formatPolicy(policy))).toEqual(policy);
      }),
      { numRuns: 200 },
    );
  });

  it("may reuse parts by anchors", () => {
    const { rules } = parsed("rules:\n  - {id: a, only: &few {tags: [small]}}\n  - {id: b, only: *few}\n");
    expect(rules[1]?.only).toEqual(rules[0]?.only);
  });

  it("is read in a moment, however long", () => {
    const rule = "  - {id: r, when: difficulty > 0.5 && task == 'chat', prefer: {tag: small, weight: 1}}\n";
    const rules = Array.from({ length: 1000 }, (_, index) => rule.replace("id: r", `id: r${index}`));
    const started = performance.now();
    expect(loadPolicy(`rules:\n${rules.join("")}`, world).policy).toBeDefined();
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(loadPolicy(`rules:\n${rules.join("")}${rule}`, world).issues[0]?.message).toContain(
      "at most 1000 are allowed",
    );
  });
});

describe("a revision", () => {
  it("does not depend on how the policy is written", () => {
    fc.assert(
      fc.property(arbitrarySoundPolicy, (policy) => {
        const revision = compilePolicy(policy, world).policy?.revision;
        expect(revision).toMatch(/^[0-9a-f]{64}$/);
        expect(loadPolicy(formatPolicy(policy), world).policy?.revision).toBe(revision);
        const backwards = JSON.stringify(reversed(toJson(PolicySchema, policy)));
        expect(loadPolicy(backwards, world).policy?.revision).toBe(revision);
      }),
      { numRuns: 100 },
    );
  });

  it("changes with every change", () => {
    const policy = create(PolicySchema, { rules: [{ id: "a", when: "streaming" }, { id: "b" }] });
    const revisions = [policyRevision(policy)];
    for (const change of [
      (copy: typeof policy) => copy.rules.reverse(),
      (copy: typeof policy) => copy.rules.pop(),
      (copy: typeof policy) => Object.assign(copy.rules[0]!, { when: "!streaming" }),
      (copy: typeof policy) => Object.assign(copy, { name: "x" }),
    ]) {
      const copy = clone(PolicySchema, policy);
      change(copy);
      revisions.push(policyRevision(copy));
    }
    expect(new Set(revisions).size).toBe(5);
  });

  it("is the same on every machine and in every version", () => {
    const text = readFileSync(new URL("./revision.yaml", import.meta.url), "utf8");
    const { policy, issues } = loadPolicy(text, world);
    expect(issues).toEqual([]);
    expect(policy?.revision).toBe("2e781105741c5572392718d3e2d201aaf860684d0fd8b040ea99959252039253");
  });
});

/** The same JSON with all keys the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}
