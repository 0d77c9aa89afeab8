import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { PartSchema, Role, RouteInputSchema, TurnSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import type { RouteCall, RouteEvent } from "../../src/engine/engine-parts.ts";
import { received } from "../../src/lib/sending.ts";
import { createConfigFolder } from "../support/configuration.ts";
import { createTestEngine } from "../support/engine.ts";

test("a reader that just stops reading leaves a record that says CANCELLED, with what was used", async () => {
  using folder = createConfigFolder();
  const simulate = { tokens_per_second: 20 };
  const price = { input: 1_000, output: 1_000 };
  folder.writeConfig({ targets: [{ id: "slow", provider: "simulated", model: "m", price, simulate }] });
  await using under = await createTestEngine(folder.load());
  const part = create(PartSchema, { content: { case: "text", value: "Tell a story about a railway." } });
  const call: RouteCall = {
    requestId: "",
    input: create(RouteInputSchema, { turns: [create(TurnSchema, { role: Role.USER, parts: [part] })] }),
    caller: create(CallerSchema, { tenant: "acme", roles: ["caller"] }),
    streaming: true,
    signal: new AbortController().signal,
    timeoutMs: undefined,
  };
  let id = "";
  const events = received<RouteEvent>(
    (send, signal) => under.engine.stream({ ...call, signal }, send),
    call.signal,
  );
  for await (const event of events) {
    if (event.case === "decided") id = event.value.decision?.id ?? "";
    if (event.case === "textDelta") break;
  }
  const record = await expect
    .poll(async () => {
      const found = await under.ledger.reader.getRecord(id, { tenants: ["acme"] }, call.signal);
      return found?.state;
    })
    .toBe(CompletionState.CANCELLED)
    .then(() => under.ledger.reader.getRecord(id, { tenants: ["acme"] }, call.signal));
  expect(record?.completion?.attemptCount).toBe(1);
  expect(record?.completion?.costMicros).toBeGreaterThan(0);
});
