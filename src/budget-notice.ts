import { create } from "@bufbuild/protobuf";
import { Notice_Kind, NoticeSchema } from "#gen/pointsman/v1/entry_pb.ts";
import type { SoftLimit } from "./admission/soft-limits.ts";
import type { NewEntry } from "./ledger/ledger.ts";

/** What the ledger keeps of a budget that passed one of its thresholds; the tenant that it belongs to may read it. */
export function budgetNotice({
  limitId,
  tenant,
  scope,
  share,
  spentMicros,
  budgetMicros,
}: SoftLimit): NewEntry {
  const value = create(NoticeSchema, {
    kind: Notice_Kind.BUDGET_THRESHOLD,
    message: `The budget ${limitId} of ${scope} passed ${Math.round(share * 10_000) / 100} %.`,
    details: {
      budget: limitId,
      scope,
      share: String(share),
      spent_micros: String(spentMicros),
      budget_micros: String(budgetMicros),
    },
  });
  return { decisionId: "", tenant, event: { case: "notice", value } };
}
