import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { createAdmission } from "../../src/admission/admission.ts";
import { AdmissionError } from "../../src/admission/admission-error.ts";
import { limitSettingsSchema } from "../../src/admission/limit-settings.ts";
import { createSqliteLimitStore } from "../../src/admission/sqlite-limit-store.ts";
import { createValkeyLimitStore } from "../../src/admission/valkey-limit-store.ts";
import { systemClock } from "../../src/lib/clock.ts";

/** What a worker of the storm is told. */
export interface StormOrder {
  readonly store:
    | { readonly kind: "sqlite"; readonly path: string }
    | { readonly kind: "valkey"; readonly urls: readonly string[] };
  readonly dollars: number;
  readonly inFlight: number;
}

/** What it tells: calls that cost something, and whether the budget refuses it everything. */
export type StormReport =
  | { readonly kind: "call"; readonly id: number; readonly worst: number }
  | { readonly kind: "state"; readonly denied: boolean; readonly admitted: number };

/** What a call cost, and that it ended. */
export interface StormBill {
  readonly id: number;
  readonly micros: number;
}

const order = JSON.parse(process.argv[2] ?? "") as StormOrder;
const store =
  order.store.kind === "sqlite"
    ? createSqliteLimitStore(order.store.path)
    : createValkeyLimitStore({ urls: order.store.urls });
const settings = limitSettingsSchema.parse({
  budgets: [{ id: "storm", scope: "tenant", dollars: order.dollars, period: "total", soft: [] }],
  limit_store: { timeout_ms: 10_000 },
});
const admission = createAdmission(settings, store, systemClock, randomUUID);
const caller = create(CallerSchema, { tenant: "acme", keyId: "k1" });
const bills = new Map<number, (micros: number) => void>();
let nextId = 0;
let admitted = 0;
let underWay = 0;
let denials = 0;

process.on("message", (bill: StormBill) => {
  bills.get(bill.id)?.(bill.micros);
  bills.delete(bill.id);
});
process.on("disconnect", () => process.exit(0));

async function client(): Promise<never> {
  const signal = new AbortController().signal;
  for (;;) {
    const worst = 500 + Math.floor(Math.random() * 1_000);
    try {
      const reservation = await admission.reserve(
        caller,
        { inputTokens: 0, maxOutputTokens: 0, worstCaseMicros: worst },
        signal,
      );
      admitted++;
      underWay++;
      denials = 0;
      const micros = await new Promise<number>((resolve) => {
        const id = nextId++;
        bills.set(id, resolve);
        process.send?.({ kind: "call", id, worst } satisfies StormReport);
      });
      reservation.settle({ tokens: 0, micros });
      underWay--;
      // What came back may pay for another: only refusals from here on say that nothing is left.
      denials = 0;
    } catch (error) {
      if (!(error instanceof AdmissionError)) throw error;
      if (error.kind !== "budget_exhausted") throw error;
      denials++;
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
    }
  }
}

setInterval(() => {
  const denied = underWay === 0 && denials > order.inFlight;
  process.send?.({ kind: "state", denied, admitted } satisfies StormReport);
}, 200);
for (let index = 0; index < order.inFlight; index++) void client();
