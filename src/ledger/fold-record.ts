import { create } from "@bufbuild/protobuf";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import type { Entry, Outcome } from "#gen/pointsman/v1/entry_pb.ts";
import { EntryReferenceSchema, type Record, RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import { milliseconds } from "./projection.ts";

/** The contents that a record's entries name. */
export interface ContentIds {
  readonly input: string;
  readonly output: string;
}

/**
 * Folds the entries of one decision, in any order of writers, into its record. Undefined where the decision itself is
 * not among them.
 */
export function foldRecord(
  entries: readonly Entry[],
): { record: Record; contentIds: ContentIds } | undefined {
  const record = create(RecordSchema, { state: CompletionState.IN_PROGRESS });
  const outcomes = new Map<string, Outcome>();
  let input = "";
  let output = "";

  for (const entry of entries) {
    record.entries.push(create(EntryReferenceSchema, referenceTo(entry)));
    const { event } = entry;
    if (event.case === "decided") {
      record.decisionId = entry.decisionId;
      if (event.value.decision) record.decision = event.value.decision;
      const createTime = event.value.decision?.createTime ?? entry.createTime;
      if (createTime) record.createTime = createTime;
      record.inputDigest = event.value.inputDigest;
      input = event.value.contentId;
    } else if (event.case === "attempted") {
      if (event.value.attempt) record.attempts.push(event.value.attempt);
    } else if (event.case === "finished") {
      if (!event.value.completion || !isBetterEnd(record.state, event.value.completion.state)) continue;
      record.completion = event.value.completion;
      record.state = event.value.completion.state;
      record.outputDigest = event.value.outputDigest;
      output = event.value.contentId;
    } else if (event.case === "outcome") {
      const known = outcomes.get(event.value.reporter);
      if (!known || milliseconds(known.createTime) <= milliseconds(event.value.createTime)) {
        outcomes.set(event.value.reporter, event.value);
      }
    }
  }
  if (record.decisionId === "") return undefined;
  record.outcomes = [...outcomes.values()];
  return { record, contentIds: { input, output } };
}

/** The first real end counts, and any real one beats the one that was written because the process had died. */
export function isBetterEnd(known: CompletionState, next: CompletionState): boolean {
  if (known === CompletionState.IN_PROGRESS) return true;
  return known === CompletionState.INTERRUPTED && next !== CompletionState.INTERRUPTED;
}

function referenceTo({ writerId, sequence, digest }: Entry): Pick<Entry, "writerId" | "sequence" | "digest"> {
  return { writerId, sequence, digest };
}
