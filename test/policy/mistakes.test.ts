import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  type Attempts_OnInterrupt,
  type LogLevel,
  PolicySchema,
  type Redact_Action,
} from "#gen/pointsman/v1/policy_pb.ts";
import { PolicyIssue_Severity } from "#gen/pointsman/v1/route_service_pb.ts";
import type { Capability } from "#gen/pointsman/v1/target_pb.ts";
import { compilePolicy, loadPolicy } from "../../src/policy/compile-policy.ts";
import { formatIssue } from "../../src/policy/issues.ts";
import { world } from "./world.ts";

/** The issues of a document, one a line, without the word that says how bad. */
function complaints(text: string, severity: PolicyIssue_Severity = PolicyIssue_Severity.ERROR): string[] {
  const { policy, issues } = loadPolicy(text, world);
  expect(policy === undefined).toBe(issues.some((issue) => issue.severity === PolicyIssue_Severity.ERROR));
  return issues
    .filter((issue) => issue.severity === severity)
    .map((issue) => `${issue.line}: ${issue.path}: ${issue.message}`);
}

/** The complaints about one rule, written on the lines after "rules:" and with the id "r" where it has none. */
function aboutRule(rule: string, severity: PolicyIssue_Severity = PolicyIssue_Severity.ERROR): string {
  const body = rule.includes("id:") ? rule : `id: r, ${rule}`;
  return complaints(`rules:\n  - {${body}}\n`, severity).join("\n");
}

describe("mistakes of writing", () => {
  it.each([
    ["frob: 1, log: none", 'rules[0].frob: there is no "frob" here; known: id, description'],
    [
      "prefer: {tag: small, wieght: 1}, log: none",
      'rules[0].prefer[0].wieght: there is no "wieght" here; did you mean "weight"?',
    ],
    [
      "log: redactd",
      'rules[0].log.level: "redactd" is not one of the words for this; did you mean "redacted"?',
    ],
    [
      "cache: {ttl: 5}",
      'rules[0].cache.ttl: 5 is no length of time; write a number with ms, s, m, h or d, such as "5s"',
    ],
    [
      "require: {no_retention: yes}",
      'rules[0].require.no_retention: "yes" stands where true or false is expected',
    ],
    ["attempts: {max: 2.5}", "rules[0].attempts.max: 2.5 stands where a whole number"],
    ["attempts: {max: -1}", "rules[0].attempts.max: -1 stands where a whole number"],
    [
      "stakes: {success_value: lots}",
      'rules[0].stakes.success_value: "lots" stands where a number is expected',
    ],
    [
      "stakes: high",
      'rules[0].stakes: "high" stands where a mapping is expected (success_value, failure_cost',
    ],
    ["only: [small]", "rules[0].only: a list stands where a mapping is expected (targets, tags)"],
    [
      "prefer: {tag: small, target: small, weight: 1}",
      'rules[0].prefer[0].target: "target" and "tag" cannot both be set',
    ],
    [
      "log: none, attempts: {max: 2, per_try_timeout: 1s, perTryTimeout: 2s}",
      '"perTryTimeout" and "per_try_timeout" cannot both be set',
    ],
    ["id: 7, log: none", "rules[0].id: 7 stands where text (put it in quotes) is expected"],
    ["deny: no", 'rules[0].deny: "no" may mean a message or a switch; write true, or a sentence'],
    ["deny: false", "rules[0].deny.message: false stands where text"],
    ["require: {capabilities: [tols]}", '"tols" is not one of the words for this; did you mean "tools"?'],
  ])("%s", (rule, complaint) => {
    expect(aboutRule(rule)).toContain(complaint);
  });

  it("tells that a document is none, with its line", () => {
    expect(complaints("rules:\n  - id: 'a\n")[0]).toMatch(/^\d+: : Missing closing/);
    expect(complaints("a: 1\n---\nb: 2\n")[0]).toMatch(/multiple documents/);
    expect(complaints("- 1\n- 2\n")[0]).toContain(
      "a list stands where a mapping is expected (name, description, rules)",
    );
    expect(complaints("rules:\n  - *nowhere\n")[0]).toContain('there is no anchor "nowhere"');
    expect(complaints("x".repeat(2 ** 20 + 1))[0]).toContain("at most 1048576 are read");
  });

  it("stops a small text from growing into a huge one", () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]`,
    );
    const started = performance.now();
    expect(complaints(`a0: &a0 [x]\n${levels.join("\n")}\n`)[0]).toContain("too deep or too large");
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it("tells of a key that stands twice, and of all other mistakes too", () => {
    const found = complaints("rules:\n  - id: a\n    log: full\n    log: none\n    frob: 1\n");
    expect(found[0]).toBe("4: : Map keys must be unique");
    expect(found[1]).toContain("5: rules[0].frob");
  });

  it("stops listing after two hundred, and never looks sound then", () => {
    const { issues } = loadPolicy(`rules:\n${"  - {frob: 1}\n".repeat(300)}`, world);
    expect(issues).toHaveLength(201);
    expect(issues.map(({ message }) => message)).toContain("there are more mistakes than are listed here");
  });
});

describe("mistakes of effects", () => {
  it.each([
    ["prefer: {target: smal, weight: 1}", 'there is no target "smal"; did you mean "small"?'],
    [
      "prefer: {tag: cheap, weight: 1}",
      'there is no target with tag "cheap"; known: code, docs, reasoning, small',
    ],
    ["prefer: {weight: 1}", 'name what is preferred: "target" or "tag"'],
    ["only: {}", 'this allows nothing; name "targets" or "tags"'],
    ["only: {targets: [nope]}", 'there is no target "nope"'],
    ["require: {}", "this requires nothing"],
    ["require: {regions: asia}", 'there is no target in region "asia"'],
    ["require: {capabilities: [audio]}", "rules[0].require: no target can satisfy this"],
    ["require: {tags: [small, code]}", "rules[0].require: no target can satisfy this"],
    ["require: {no_retention: true, capabilities: [tools]}", "no target can satisfy this"],
    ["require: {max_price: {input: -1}}", "max_price.input: -1 is out of bounds"],
    ["require: {min_success_probability: 1.5}", "1.5 is out of bounds; it must be from 0 to 1"],
    ["redact: {action: block}", 'name the kinds, such as "email", "pii" or "secrets"'],
    ["redact: {kinds: emial}", 'there is no kind of private data "emial"; did you mean "email"?'],
    ["retrieve: {k: 4}", "name the collection"],
    ["retrieve: {collection: pointsman, k: 21}", "21 is out of bounds; it must be from 1 to 20"],
    ["cache: {}", "say how long answers may be repeated"],
    ["cache: 31d", "31d is out of bounds"],
    ["stakes: {failure_cost: -1}", "-1 is out of bounds"],
    ["stakes: {success_value: .inf}", "Infinity is out of bounds"],
    ["attempts: {max: 0}", "0 is out of bounds; it must be from 1 to 10"],
    ["attempts: {max: 11}", "11 is out of bounds"],
    ["attempts: {deadline_share: 0}", "0 is out of bounds"],
    ["attempts: {per_try_timeout: 0s}", "0s is out of bounds"],
    ["attempts: {hedge: {max_share: 2}}", "hedge.max_share: 2 is out of bounds"],
    ["shadow: {target: small, share: 1.1}", "1.1 is out of bounds"],
    ["shadow: {share: 0.1}", "shadow.target: name the target"],
    ["explore: {share: 0.6}", "0.6 is out of bounds; it must be from 0 to 0.5"],
    ["classify: {target: small, below_confidence: 2}", "2 is out of bounds"],
    ["log: {}", "say how much is kept: none, redacted or full"],
    ["strip_tools: ['a b']", '"a b" can be no tool'],
    ["deny: No., refuse: No.", "a rule cannot both deny and refuse"],
    ["experiment: {id: e, arms: [{name: a, weight: 1}]}", "has 1 arms; from 2 to 16 are needed"],
    ["experiment: {id: e, arms: [{name: a}, {name: b}]}", "no arm has any weight"],
    [
      "experiment: {id: e, arms: [{name: a, weight: 1}, {name: a, weight: 1}]}",
      'there are two arms named "a"',
    ],
    ["experiment: {id: e, arms: [{name: a, weight: -1}, {name: b, weight: 2}]}", "-1 is out of bounds"],
    ["experiment: {arms: [{weight: 1}, {name: b, weight: 1}], key: caller}", "give the experiment an id"],
    ["experiment: {arms: [{weight: 1}, {name: b, weight: 1}], key: caller}", "give the arm a name"],
    [
      "experiment: {id: e, arms: [{name: a, weight: 1}, {name: b, weight: 1}], key: caller}",
      '"caller" cannot split traffic',
    ],
    [
      "experiment: {id: e, arms: [{name: a, weight: 1, only: {tags: no}}, {name: b, weight: 1}]}",
      'arms[0].only.tags[0]: there is no target with tag "no"',
    ],
    ["id: Bad Id, log: none", '"Bad Id" is no id'],
  ])("%s", (rule, complaint) => {
    expect(aboutRule(rule)).toContain(complaint);
  });

  it("are told of effects that this build cannot carry out", () => {
    const poor = { ...world, effects: new Set(["log"]) };
    const { issues } = loadPolicy("rules: [{id: a, log: none, cache: 5m, strip_tools: true}]", poor);
    expect(issues.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'rules[0].cache: "cache" is not available in this build',
      'rules[0].strip_tools: "strip_tools" is not available in this build',
    ]);
  });

  it("are told of numbers that no word stands for, in messages that came as bytes", () => {
    const policy = create(PolicySchema, {
      rules: [
        {
          id: "a",
          require: { capabilities: [99 as Capability, 0] },
          redact: [{ kinds: ["pii"], action: 99 as Redact_Action }],
          log: { level: 99 as LogLevel },
          attempts: { onInterrupt: 99 as Attempts_OnInterrupt, perTryTimeout: { seconds: -5n } },
          stakes: { successValue: Number.NaN },
        },
      ],
    });
    expect(compilePolicy(policy, world).issues.map(({ path, line }) => `${line} ${path}`)).toEqual(
      expect.arrayContaining([
        "0 rules[0].require.capabilities[0]",
        "0 rules[0].require.capabilities[1]",
        "0 rules[0].redact[0].action",
        "0 rules[0].log.level",
        "0 rules[0].attempts.on_interrupt",
        "0 rules[0].attempts.per_try_timeout",
        "0 rules[0].stakes.success_value",
      ]),
    );
  });

  it("are told of ids that are missing or stand twice", () => {
    expect(complaints("rules:\n  - {log: none}\n  - {id: a, log: none}\n  - {id: a, log: none}\n")).toEqual([
      "2: rules[0].id: give the rule an id: decisions name it",
      '4: rules[2].id: "a" is the id of rules[1] already',
    ]);
  });

  it("are warned of rules that do nothing", () => {
    expect(aboutRule("when: streaming", PolicyIssue_Severity.WARNING)).toContain("this rule has no effect");
    expect(aboutRule("deny: No., prefer: {tag: small, weight: 1}", PolicyIssue_Severity.WARNING)).toContain(
      'so "prefer" does nothing',
    );
    expect(aboutRule("prefer: {tag: small}", PolicyIssue_Severity.WARNING)).toContain(
      "a weight of 0 prefers nothing",
    );
  });
});

describe("mistakes of conditions", () => {
  const about = (when: string, severity?: PolicyIssue_Severity) =>
    aboutRule(`when: ${JSON.stringify(when)}, log: none`, severity);

  it.each([
    ["task == 'coding'", '"coding" is not a word for this; did you mean "code_generation"?'],
    ["task in ['chat', 'summarise']", '"summarise" is not a word for this; did you mean "summarization"?'],
    ["'picture' in modalities", '"picture" is not a word for this; known: text, image, audio, document'],
    [
      "task == code_generation",
      'there is no variable "code_generation"; a word stands in quotes: "code_generation"',
    ],
    ["taks == 'chat'", 'there is no variable "taks"; did you mean "task"?'],
    ["tenant == 'acme'", 'there is no variable "tenant"; did you mean caller.tenant?'],
    ["caller.tenent == 'acme'", 'Caller has no field "tenent"; did you mean "tenant"?'],
    ["difficulty > 'high'", "> compares a number with fractions with text"],
    ["difficulty == 'high'", "== compares a number with fractions with text, which never are equal"],
    ["task > 'chat'", "words have no order"],
    ["hints.max_latency < 5", "< compares a duration with a whole number"],
    ["difficulty", "a condition must be true or false, but this is a number with fractions"],
    ["streaming && difficulty", "&& joins conditions, but a side of it is a number"],
    ["!difficulty", "! joins conditions, but a side of it is a number"],
    ["input_tokens * 0.5 > 1.0", "write 2.0 for 2, or double(...)"],
    ["language.lower() == 'en'", 'there is no function "lower"'],
    ["language.startswith('en')", 'there is no function "startswith"; did you mean "startsWith"?'],
    ["startsWith(language, 'en')", 'startsWith is written text.startsWith("...")'],
    ["language.startsWith(5)", "startsWith does not take a whole number"],
    ["'a' in language", 'write text.contains("part")'],
    ["language.matches('(')", "is not RE2"],
    ["language.matches(labels.pattern)", "the pattern of matches must stand in the policy"],
    ["hints.quality_floor == null", "ask with has(...) whether something is set"],
    ["labels.team.name == 'x'", '".name" asks for a field of text, which has none'],
    ["streaming.exists(x, x)", "walk over a list or a map, not over true or false"],
    ["caller.roles.exists(r, rr == 'x')", 'there is no variable "rr"'],
    ["pointsman.v1.Facts{}.streaming", "cannot be made in a condition"],
    ["task = 'chat'", 'write "==" to compare'],
    ["streaming & json_output", 'write "&&" for and'],
    ["streaming and json_output", 'write "&&" for and'],
    ["not streaming", "is not CEL"],
    ["streaming &&", "something is missing after this operator"],
    ["(streaming", "is not CEL"],
    ["'x", "is not CEL"],
    [`streaming || ${"x".repeat(4000)} == ''`, "at most 4000 are accepted"],
    [`turn_count > 0${"+1".repeat(1900)}`, "is nested too deeply"],
    [`${"(".repeat(1900)}streaming${")".repeat(1900)}`, "is nested too deeply"],
    [`${"caller.roles.exists(r, ".repeat(3)}streaming)))`, "stand within each other more than 2 deep"],
    ["language.matches('(((a{100}){100}){100})')", "is not RE2"],
  ])("%s", (when, complaint) => {
    expect(about(when)).toContain(complaint);
  });

  it("stand on the line of a text that spans several", () => {
    const text = "rules:\n  - id: a\n    when: |\n      streaming &&\n      taks == 'chat'\n    log: none\n";
    expect(complaints(text)).toEqual(['5: rules[0].when: there is no variable "taks"; did you mean "task"?']);
  });

  it.each([
    ["difficulty > 1", "can never hold: difficulty is never > 1: it is from 0 to 1"],
    ["0 > difficulty", "can never hold: difficulty is never < 0"],
    ["difficulty > 0.5 && difficulty < 0.5", "difficulty cannot be > 0.5 and < 0.5 at once"],
    ["input_tokens > 4 && input_tokens < 5", "input_tokens cannot be > 4 and < 5 at once"],
    ["input_tokens == 1.5", "can never hold"],
    ["task == 'chat' && task == 'other'", 'task cannot be "chat" and "other" at once'],
    ["task in ['chat'] && task != 'chat'", "can never hold"],
    ["labels.team == 'a' && labels['team'] == 'b'", 'labels.team cannot be "a" and "b" at once'],
    ["language in []", "can never hold"],
    ["1 > 2", "can never hold: it is always false"],
    ["false && streaming", "can never hold: it is always false"],
    ["streaming && !streaming", "it says something and its contrary"],
    ["!(difficulty <= 1)", "can never hold"],
    ["size(modalities) < 0", "can never hold"],
    ["streaming ? difficulty > 1 : task == 'chat' && task == 'other'", "can never hold"],
  ])("%s can never hold", (when, complaint) => {
    expect(about(when)).toContain(complaint);
  });

  it("are warned of parts that never hold, and of conditions that always do", () => {
    expect(about("task == 'chat' || difficulty > 1.5", PolicyIssue_Severity.WARNING)).toContain(
      "a part of this can never hold",
    );
    expect(about("difficulty >= 0", PolicyIssue_Severity.WARNING)).toContain(
      "always holds; leave it out to say so",
    );
    expect(about("labels.x == 'a' || labels.x != 'a'", PolicyIssue_Severity.WARNING)).toBe("");
  });
});

describe("mistakes between rules", () => {
  it("are rules that are never reached", () => {
    expect(complaints("rules:\n  - {id: a, deny: No.}\n  - {id: b, log: none}\n")).toEqual([
      '3: rules[1]: is never reached: rule "a" before it always denies',
    ]);
    const narrower =
      "rules:\n  - {id: a, when: risk.harmful > 0.9, refuse: No.}\n  - {id: b, when: risk.harmful > 0.95 && streaming, log: none}\n";
    expect(complaints(narrower)).toEqual([
      '3: rules[1]: is never reached: whenever it applies, rule "a" before it refuses',
    ]);
    const wider =
      "rules:\n  - {id: a, when: risk.harmful > 0.9, refuse: No.}\n  - {id: b, when: risk.harmful > 0.8, log: none}\n";
    expect(complaints(wider)).toEqual([]);
    // Without the label, the first condition fails, and the second rule is reached.
    const failing =
      'rules:\n  - {id: a, when: \'labels.x == "a" || labels.x != "a"\', deny: No.}\n  - {id: b, log: none}\n';
    expect(complaints(failing)).toEqual([]);
  });

  it("are demands that leave no target", () => {
    const text =
      "rules:\n  - {id: a, when: streaming, only: {targets: large}}\n  - {id: b, require: {regions: eu}}\n";
    expect(complaints(text)).toEqual([
      "2: rules[0].only: no target can satisfy both this and the rules that always apply",
    ]);
  });

  it("are warned of where both may apply", () => {
    const disjoint =
      "rules:\n  - {id: a, when: streaming, only: {tags: code}}\n  - {id: b, when: json_output, only: {targets: small}}\n";
    expect(complaints(disjoint, PolicyIssue_Severity.WARNING)).toEqual([
      '3: rules[1].only: shares no target with rule "a"; where both apply, nothing is left to choose',
    ]);
    const apart =
      "rules:\n  - {id: a, when: streaming, only: {tags: code}}\n  - {id: b, when: '!streaming', only: {targets: small}}\n";
    expect(complaints(apart, PolicyIssue_Severity.WARNING)).toEqual([]);
    const settings =
      "rules:\n  - {id: a, when: streaming, log: full}\n  - {id: b, when: 'streaming ', log: none}\n";
    expect(complaints(settings, PolicyIssue_Severity.WARNING)).toEqual([
      '3: rules[1].log.level: "log.level" is set differently by rule "a" under the same condition; this one wins',
    ]);
  });
});

describe("an issue", () => {
  it("is one line for people", () => {
    const { issues } = loadPolicy("rules:\n  - {id: a, frob: 1, log: none}\n", world);
    expect(formatIssue(issues[0]!, "policy.yaml")).toMatch(
      /^policy\.yaml:2: error: rules\[0\]\.frob: there is no "frob" here/,
    );
  });
});
