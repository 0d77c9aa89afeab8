import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { DecisionSchema } from "#gen/pointsman/v1/decision_pb.ts";
import { type Caller, CallerSchema, FactsSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { createAdmission } from "../../src/admission/admission.ts";
import { createIdentifier } from "../../src/admission/identifier.ts";
import { identitySettingsSchema } from "../../src/admission/identity-settings.ts";
import { limitSettingsSchema } from "../../src/admission/limit-settings.ts";
import { createSqliteLimitStore } from "../../src/admission/sqlite-limit-store.ts";
import { createAnswerCache } from "../../src/cache/answer-cache.ts";
import { cacheKey } from "../../src/cache/cache-key.ts";
import { createSqliteAnswerStore } from "../../src/cache/sqlite-answer-store.ts";
import { createPrivacyGuard } from "../../src/engine/privacy-guard.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { loadPolicy } from "../../src/policy/compile-policy.ts";
import { world as policyWorld } from "../policy/world.ts";
import { median } from "./figures.ts";
import { inputOf, PROMPTS } from "./requests.ts";
import { BENCH_KEY, makeBenchFolder } from "./settings.ts";

/**
 * What each feature of governance adds to a routed call, in microseconds of this process's CPU, threads included:
 *
 *     npm run bench:governance [-- --json] [-- --iterations=100000]
 *
 * Every feature runs over the same twelve prompts. Rounds are interleaved and their median is taken.
 */
interface Feature {
  readonly name: string;
  /** Whether it is a part of the sum: what a call that misses the cache pays with everything on, detection apart. */
  readonly counts: boolean;
  run(index: number): unknown;
}

const ROUNDS = 5;
const AIM_MICROS = 60;
const AIM_MEGABYTES = 50;
/** Calls under way at once. */
const WAVE = 100;

const flag = (name: string): string | undefined =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(name.length + 3);
const iterations = Number(flag("iterations") ?? 100_000);
if (!Number.isInteger(iterations) || iterations < WAVE)
  throw new Error(`--iterations wants a whole number of at least ${WAVE}`);

const folder = makeBenchFolder();
const { signal } = new AbortController();
const inputs = PROMPTS.map(inputOf);
const inputAt = (index: number) => inputs[index % inputs.length]!;
const caller = create(CallerSchema, { tenant: "acme", app: "bench", keyId: "bench", roles: ["caller"] });

const identifier = createIdentifier(
  identitySettingsSchema.parse({ keys: [{ id: "bench", key: BENCH_KEY, tenant: "acme", app: "bench" }] }),
);
const authorization = `Bearer ${BENCH_KEY}`;

const rates = openAdmission("limits.sqlite", {
  limits: [
    { id: "requests", scope: "key", requests: 1e9, per: "minute" },
    { id: "tokens", scope: "app", tokens: 1e12, per: "minute" },
  ],
});
const money = openAdmission("budgets.sqlite", {
  budgets: [
    { id: "key", scope: "key", dollars: 1e6 },
    { id: "app", scope: "app", dollars: 1e7 },
    { id: "tenant", scope: "tenant", dollars: 1e8 },
  ],
});

const guard = createPrivacyGuard(Buffer.alloc(32, 1));
const decision = create(DecisionSchema, {
  facts: create(FactsSchema, { caller }),
  plan: { redact: [{ kinds: ["secrets", "pii"] }] },
});
const found = inputs.map((input) => guard.inspect(input));

const cache = createAnswerCache(
  createSqliteAnswerStore(join(folder, "answers.sqlite"), { maxBytes: 1e8, maxEntries: 1e5 }, Date.now),
);
const keyOf = (index: number): string =>
  cacheKey({ tenant: "acme", policyRevision: "p", input: inputAt(index) });
const keys = inputs.map((_, index) => keyOf(index));
await fillCache();

const plainPolicy = compile("");
const splitPolicy = compile(
  "experiment: { id: e, key: caller.app, arms: [{ name: a, weight: 1 }, { name: b, weight: 1 }] }",
);
const facts = create(FactsSchema, { caller, draw: 0.3 });
let missed = 0;

const features: readonly Feature[] = [
  {
    name: "identity: a key",
    counts: true,
    run: () => identifier.identify({ authorization, loopback: false }, signal),
  },
  { name: "limits: 2, SQLite", counts: true, run: () => spend(rates) },
  { name: "budgets: 3, hierarchical, SQLite", counts: true, run: () => spend(money) },
  { name: "privacy: inspect", counts: false, run: (index) => guard.inspect(inputAt(index)) },
  { name: "privacy: protect", counts: true, run: (index) => found[index % found.length]!.protect(decision) },
  { name: "cache: key", counts: true, run: keyOf },
  {
    name: "cache: miss, SQLite",
    counts: true,
    async run() {
      const reply = await cache.open("acme", `missed ${missed++}`, signal);
      if (reply.kind === "miss") reply.close();
    },
  },
  {
    name: "cache: hit, SQLite (instead of a call)",
    counts: false,
    run: (index) => cache.open("acme", keys[index % keys.length]!, signal),
  },
  { name: "policy: a rule without an experiment", counts: false, run: () => plainPolicy.evaluate(facts) },
  { name: "policy: the same with an experiment", counts: false, run: () => splitPolicy.evaluate(facts) },
];

const results = await measureAll();
const micros = (name: string): number => results.find((one) => one.name === name)?.micros ?? Number.NaN;
const experiment = Math.max(0, micros(features[9]!.name) - micros(features[8]!.name));
const all = results.reduce((sum, one) => sum + (one.counts ? one.micros : 0), experiment);
const bytes = inputs.reduce(
  (sum, { turns }) =>
    sum +
    turns
      .flatMap(({ parts }) => parts)
      .reduce(
        (size, { content }) => size + (content.case === "text" ? Buffer.byteLength(content.value) : 0),
        0,
      ),
  0,
);
const megabytesPerSecond = bytes / inputs.length / micros("privacy: inspect");
report();
await close();

async function measureAll(): Promise<{ name: string; counts: boolean; micros: number }[]> {
  const rounds = features.map(() => [] as number[]);
  for (const feature of features) await cpuOf(feature, Math.ceil(iterations / 5));
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, feature] of features.entries())
      rounds[index]!.push(await cpuOf(feature, Math.ceil(iterations / ROUNDS)));
  return features.map(({ name, counts }, index) => ({ name, counts, micros: median(rounds[index]!) }));
}

/** Microseconds of CPU of one run, in waves, as requests come. */
async function cpuOf(feature: Feature, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < count; done += WAVE) {
    await Promise.all(Array.from({ length: WAVE }, (_, index) => feature.run(done + index)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (Math.ceil(count / WAVE) * WAVE);
}

function openAdmission(file: string, settings: object) {
  const store = createSqliteLimitStore(join(folder, file));
  const admission = createAdmission(limitSettingsSchema.parse(settings), store, systemClock, randomUUID);
  return { admission, store };
}

async function spend({ admission }: ReturnType<typeof openAdmission>, from: Caller = caller): Promise<void> {
  const amounts = { inputTokens: 500, maxOutputTokens: 500, worstCaseMicros: 3_000 };
  const reservation = await admission.reserve(from, amounts, signal);
  reservation.settle({ tokens: 700, micros: 2_000 });
}

async function fillCache(): Promise<void> {
  for (const key of keys) {
    const reply = await cache.open("acme", key, signal);
    if (reply.kind === "hit") continue;
    const completion = create(CompletionSchema, {
      state: CompletionState.COMPLETED,
      parts: [{ content: { case: "text", value: "An answer of some length. ".repeat(40) } }],
    });
    reply.keep({ decisionId: "d", completion, labels: {}, ttlMs: 600_000 });
    reply.close();
  }
  // Keeping happens in a thread; only what is kept can be hit.
  const deadline = Date.now() + 10_000;
  for (const key of keys) {
    for (;;) {
      const reply = await cache.open("acme", key, signal);
      if (reply.kind === "hit") break;
      reply.close();
      if (Date.now() > deadline) throw new Error("the cache keeps nothing");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function compile(effect: string) {
  const document = `name: bench\nrules:\n  - id: all\n    log: none\n${effect && `    ${effect}\n`}`;
  const { policy, issues } = loadPolicy(document, policyWorld);
  if (!policy) throw new Error(`the policy of the bench is wrong: ${JSON.stringify(issues)}`);
  return policy;
}

function report(): void {
  if (process.argv.includes("--json")) {
    console.log(
      JSON.stringify({
        features: results,
        experimentMicros: experiment,
        allMicros: all,
        megabytesPerSecond,
        aims: { allMicros: AIM_MICROS, megabytesPerSecond: AIM_MEGABYTES },
      }),
    );
    return;
  }
  const row = (name: string, value: number, note = ""): void =>
    console.log(`${name.padEnd(44)} ${value.toFixed(2).padStart(8)} ${note}`);
  console.log(`CPU of a routed call, microseconds, median of ${ROUNDS} rounds of ${iterations / ROUNDS}\n`);
  for (const one of results) row(one.name, one.micros, one.counts ? "" : "apart");
  row("experiment: the difference of the two", experiment);
  console.log();
  row("all together, a miss", all, `aim: under ${AIM_MICROS}, detection apart`);
  row("detection, MB/s of prompt text", megabytesPerSecond, `aim: ${AIM_MEGABYTES}`);
}

async function close(): Promise<void> {
  identifier.close();
  for (const { admission, store } of [rates, money]) {
    await admission.close();
    await store.close();
  }
  await cache.close();
  rmSync(folder, { recursive: true, force: true });
}
