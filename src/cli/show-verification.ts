import { toJson } from "@bufbuild/protobuf";
import { type VerifyLedgerResponse, VerifyLedgerResponseSchema } from "#gen/pointsman/v1/audit_service_pb.ts";
import { createBar } from "./progress-bar.ts";

/**
 * Shows a walk of the hash chains as it goes, from the service or from files alike.
 * @returns 0 where every chain holds, 1 where one is broken or the walk ended without its summary.
 */
export async function showVerification(
  events: AsyncIterable<VerifyLedgerResponse>,
  json: boolean,
): Promise<number> {
  const bar = createBar("entries", !json);
  let broken = 0;
  let ended = false;
  try {
    for await (const response of events) {
      if (json) console.log(JSON.stringify(toJson(VerifyLedgerResponseSchema, response)));
      const { event } = response;
      if (event.case === "progress") {
        bar.update(Number(event.value.doneCount), Number(event.value.totalCount));
      } else if (event.case === "break") {
        broken += 1;
        const { writerId, sequence, message } = event.value;
        const place = writerId === "" ? "the export" : `writer ${writerId}, entry ${sequence}`;
        if (!json) console.error(`${place}: ${message}`);
      } else if (event.case === "summary") {
        bar.stop();
        ended = true;
        const { entryCount, writerCount, brokenCount, signatureCount } = event.value;
        broken = Math.max(broken, brokenCount);
        if (!json)
          console.log(
            `${entryCount} entries in ${writerCount} chains, ${brokenCount} broken, ${signatureCount} signatures hold`,
          );
      }
    }
  } finally {
    bar.stop();
  }
  return ended && broken === 0 ? 0 : 1;
}
