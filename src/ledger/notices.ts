import { create, toBinary } from "@bufbuild/protobuf";
import { EntrySchema, type Notice_Kind, NoticeSchema } from "#gen/pointsman/v1/entry_pb.ts";

/** The body of an entry that the ledger writes about itself. @param tenant empty where it concerns no single tenant. */
export function noticeBody(
  kind: Notice_Kind,
  message: string,
  details: Readonly<Record<string, string>> = {},
  tenant = "",
): Uint8Array {
  const value = create(NoticeSchema, { kind, message, details: { ...details } });
  return toBinary(EntrySchema, create(EntrySchema, { tenant, event: { case: "notice", value } }));
}
