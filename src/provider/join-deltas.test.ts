import fc from "fast-check";
import { expect, test } from "vitest";
import { joinDeltas } from "./join-deltas.ts";
import type { ProviderEvent } from "./provider.ts";

const text = (value: string): ProviderEvent => ({ type: "text_delta", text: value });
const thought: ProviderEvent = { type: "reasoning_delta", text: "hm", providerToken: "t" };

test("joins neighbours and nothing over another kind of event", () => {
  expect(joinDeltas([text("a"), text("b"), thought, text("c"), text("d")])).toEqual([
    text("ab"),
    thought,
    text("cd"),
  ]);
});

test("keeps every character and every other event in order, in pieces of bounded size", () => {
  const event = fc.oneof(fc.string({ maxLength: 9_000 }).map(text), fc.constant(thought));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (events) => {
      const flat = (all: readonly ProviderEvent[]): string =>
        all.map((one) => (one.type === "text_delta" ? one.text : "\0")).join("");
      const joined = joinDeltas(events);
      expect(flat(joined)).toBe(flat(events));
      for (const one of joined)
        if (one.type === "text_delta") expect(one.text.length).toBeLessThanOrEqual(16_384);
    }),
  );
});
