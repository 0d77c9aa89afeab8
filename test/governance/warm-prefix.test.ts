import { expect, it } from "vitest";
import type { Candidate, Decision } from "#gen/pointsman/v1/decision_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { as, ask, type GovernedService, keyConfig, startService, targetAt } from "./service.ts";

// Where a provider's prompt cache is warm, and what that is worth.

const { route } = RouteService.method;
const POLICY = `
name: warm
rules:
  - { id: pinned, when: 'labels.pin == "first"', only: { targets: [first] } }
  - { id: better, when: 'labels.better == "second"', prefer: { target: second, weight: 1 } }
`;
/** Some 3,000 tokens: more than providers need to keep a prefix. */
const HISTORY = "The minutes of the garden committee say that the pump leaks. ".repeat(220);

it("a conversation stays where its cache is warm unless the value says otherwise, and the decision shows why", async () => {
  await using service = await startService(POLICY, (provider) => ({
    // The second is the cheaper one for whoever starts anew.
    targets: [
      targetAt(provider, "first", { price: { input: 1, cached_input: 0.1, output: 1 } }),
      targetAt(provider, "second", { price: { input: 0.8, cached_input: 0.08, output: 1 } }),
    ],
    keys: [keyConfig("acme", "acme"), keyConfig("globex", "globex")],
  }));
  service.provider.answer = () => ({ inputTokens: 3_000 });

  const begun = await decide(service, "c-1", { pin: "first" });
  expect(begun.candidates.map(({ targetId }) => targetId)).toEqual(["first"]);
  expect(begun.facts?.warmPrefix).toBeUndefined();

  const goneOn = await decide(service, "c-1", {});
  expect(goneOn.facts?.warmPrefix).toMatchObject({ targetId: "first" });
  const [first, second] = ["first", "second"].map((id) => candidateOf(goneOn, id));
  expect(goneOn.candidates[0]?.targetId, "the dearer one, as it is warm").toBe("first");
  expect(first?.cachedInputTokens).toBeGreaterThan(1_000);
  expect(first?.switchCost).toBe(0);
  expect(second?.cachedInputTokens).toBe(0);
  // What is read again at full price, less what a warm cache of the same target would cost: 0.72 dollars a million.
  const lost = (Math.min(first?.cachedInputTokens ?? 0, goneOn.facts?.inputTokens ?? 0) * 0.72) / 1e6;
  expect(second?.switchCost).toBeCloseTo(lost, 8);
  expect(first?.costTerm).toBeLessThan(second?.costTerm ?? 0);

  const other = await decide(service, "c-2", {});
  expect(other.candidates[0]?.targetId, "a new conversation is warm nowhere").toBe("second");
  expect(candidateOf(other, "first")?.cachedInputTokens).toBe(0);
  const stranger = await decide(service, "c-1", {}, "globex");
  expect(stranger.facts?.warmPrefix, "nor is another tenant's of the same name").toBeUndefined();
  expect(stranger.candidates[0]?.targetId).toBe("second");

  const moved = await decide(service, "c-1", { better: "second" });
  expect(moved.candidates[0]?.targetId, "worth more than the warm cache").toBe("second");
  expect(moved.candidates[0]?.switchCost).toBeGreaterThan(0);
  expect((await decide(service, "c-1", {})).candidates[0]?.targetId, "and there it is warm now").toBe(
    "second",
  );
});

it("what a target is expected to cost is bounded by the output that the catalogue says it can make", async () => {
  await using service = await startService("name: x\nrules: []\n", (provider) => ({
    targets: [
      targetAt(provider, "short", { max_output_tokens: 20 }),
      targetAt(provider, "long", { max_output_tokens: 0 }),
    ],
    keys: [keyConfig("acme", "acme")],
  }));
  const decision = await decide(service, "", {});
  const [short, long] = ["short", "long"].map((id) => candidateOf(decision, id));
  expect(long?.outputTokens).toBe(decision.facts?.predictedOutputTokens);
  expect(long?.outputTokens).toBeGreaterThan(20);
  expect(short?.outputTokens).toBe(20);
  const input = (decision.facts?.inputTokens ?? 0) / 1e6;
  expect(short?.costTerm).toBeCloseTo(input + (20 * 10) / 1e6, 8);
  expect(long?.costTerm).toBeCloseTo(input + ((long?.outputTokens ?? 0) * 10) / 1e6, 8);
});

async function decide(
  service: GovernedService,
  conversationId: string,
  labels: Readonly<Record<string, string>>,
  key = "acme",
): Promise<Decision> {
  const input = ask(`${HISTORY}What follows from that?`, { conversationId, labels: { ...labels } });
  const { decision } = await service.grpc.unary(route, { input }, as(key));
  if (!decision) throw new Error("there is no decision");
  return decision;
}

function candidateOf({ candidates }: Decision, id: string): Candidate | undefined {
  return candidates.find(({ targetId }) => targetId === id);
}
