import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";

const DEFAULT_SIZE = 100;
const MOST = 1_000;

/** One page of a list that is held in memory, sorted by a key; the token is the last key of the page before. */
export function pageOf<Item>(
  items: readonly Item[],
  request: { readonly pageSize: number; readonly pageToken: string },
  keyOf: (item: Item) => string,
): { items: Item[]; nextPageToken: string } {
  const size = Math.min(request.pageSize || DEFAULT_SIZE, MOST);
  const after = decode(request.pageToken);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const more = rest.length > page.length && last !== undefined;
  return { items: page, nextPageToken: more ? Buffer.from(`1:${keyOf(last)}`).toString("base64url") : "" };
}

function decode(token: string): string | undefined {
  if (token === "") return undefined;
  const text = Buffer.from(token, "base64url").toString();
  if (!text.startsWith("1:"))
    throw new EngineError(ErrorReason.INVALID_CURSOR, "The page token is not one of ours. Start anew.");
  return text.slice(2);
}
