import { create } from "@bufbuild/protobuf";
import { Notice_Kind, NoticeSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { TaskSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import type { NewEntry } from "./ledger/ledger.ts";
import { enumWord } from "./lib/enums.ts";
import type { DriftAlarm } from "./scorecard/success-tracker.ts";

/** What the ledger keeps of outcomes that left what was predicted; it concerns no single tenant. */
export function driftNotice(alarm: DriftAlarm): NewEntry {
  const { targetId, direction, predicted, lower, upper, observed, observedCount } = alarm;
  const task = enumWord(TaskSchema, alarm.task);
  const value = create(NoticeSchema, {
    kind: Notice_Kind.DRIFT,
    message:
      `${targetId} has become ${direction} at ${task}: ${percent(observed)} of the last ${observedCount} outcomes were good, ` +
      `predicted were ${percent(lower)} to ${percent(upper)}.`,
    details: {
      target: targetId,
      task,
      direction,
      predicted: predicted.toFixed(4),
      lower: lower.toFixed(4),
      upper: upper.toFixed(4),
      observed: observed.toFixed(4),
      observed_count: String(observedCount),
    },
  });
  return { decisionId: "", tenant: "", event: { case: "notice", value } };
}

/** What the ledger keeps of a reload that changed what decisions are made with; it concerns no single tenant. */
export function reloadNotice(policyRevision: string, catalogueRevision: string): NewEntry {
  const value = create(NoticeSchema, {
    kind: Notice_Kind.RELOADED,
    message: "Policy or targets were replaced.",
    details: { policy_revision: policyRevision, config_revision: catalogueRevision },
  });
  return { decisionId: "", tenant: "", event: { case: "notice", value } };
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}
