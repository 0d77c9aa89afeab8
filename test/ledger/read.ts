import type {
  VerifyLedgerResponse_Break,
  VerifyLedgerResponse_Summary,
} from "#gen/pointsman/v1/audit_service_pb.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";

/** Everything that comes. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(items);
}

/** What verifying says in the end. */
export async function verification(
  ledger: Ledger,
): Promise<{ breaks: VerifyLedgerResponse_Break[]; summary: VerifyLedgerResponse_Summary | undefined }> {
  const breaks: VerifyLedgerResponse_Break[] = [];
  let summary: VerifyLedgerResponse_Summary | undefined;
  for await (const { event } of ledger.reader.verify({ writerIds: [] }, new AbortController().signal)) {
    if (event.case === "break") breaks.push(event.value);
    if (event.case === "summary") summary = event.value;
  }
  return { breaks, summary };
}
