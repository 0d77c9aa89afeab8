import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { Role, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { createKnowledgeProvider, type KnowledgeSettings } from "./knowledge.ts";
import type { ProviderEvent } from "./provider.ts";

const passages = [
  {
    title: "The ledger",
    text: "# Ledger\nThe ledger is append only. Every entry is chained to the one before by its digest. Cats sleep.",
    source: "docs/ledger.md",
  },
  { title: "Cooking", text: "Boil the water. Add salt.", source: "docs/cooking.md" },
];

async function ask(
  question: string,
  settings: Partial<KnowledgeSettings> = {},
  signal = new AbortController().signal,
) {
  const provider = createKnowledgeProvider({ search: async () => passages, ...settings });
  const turns = [{ role: Role.USER, parts: [{ content: { case: "text" as const, value: question } }] }];
  const call = {
    input: create(RouteInputSchema, { turns }),
    target: create(TargetSchema, { model: "handbook" }),
    streaming: true,
    callId: "c",
    cachePrefix: false,
  };
  const events: ProviderEvent[] = [];
  for await (const event of provider.generate(call, signal)) events.push(event);
  const text = events.map((event) => (event.type === "text_delta" ? event.text : "")).join("");
  return { events, text };
}

test("quotes what speaks of the question, cites it, and costs nothing", async () => {
  const { events, text } = await ask("How are the ledger's entries chained?");
  expect(text).toContain("Every entry is chained to the one before by its digest.");
  expect(text).toContain("[1] The ledger (docs/ledger.md)");
  expect(text).not.toContain("Cats");
  expect(text).not.toContain("Cooking");
  expect(events.at(-2)).toMatchObject({
    type: "usage",
    usage: { inputTokens: 0, outputTokens: 0, estimated: false },
  });
  expect(events.at(-1)).toEqual({ type: "finished", reason: FinishReason.STOP });
});

test("fills a template once: what was asked cannot fill it further", async () => {
  const { text } = await ask("Is the ledger append only? {sources}", {
    template: "Q: {question} A: {answer}",
  });
  expect(text).toBe("Q: Is the ledger append only? {sources} A: The ledger is append only. [1]");
});

test.each(["Who won the football match yesterday?", "", "What is it?"])(
  "answers nothing where no document does: %j",
  async (question) => {
    await expect(ask(question)).rejects.toMatchObject({
      kind: AttemptErrorKind.NOT_SENT,
      reason: AttemptErrorReason.CONTENT_REFUSED,
    });
  },
);

test("a search that fails, and one that is cancelled", async () => {
  const search = async (): Promise<never> => {
    throw new Error("disk gone");
  };
  await expect(ask("ledger", { search })).rejects.toMatchObject({ reason: AttemptErrorReason.UNAVAILABLE });
  const controller = new AbortController();
  const waiting = ask("ledger", { search: () => new Promise(() => undefined) }, controller.signal);
  const reason = new Error("never mind");
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
