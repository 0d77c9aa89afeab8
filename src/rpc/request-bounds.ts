import type { DescField } from "@bufbuild/protobuf";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";

/** Members that one list of a request may have, as the comments of the protos say them. */
const LISTS: ReadonlyMap<string, number> = new Map([
  ["pointsman.v1.RouteInput.turns", 1_000],
  ["pointsman.v1.RouteInput.tools", 128],
  ["pointsman.v1.Turn.parts", 256],
  ["pointsman.v1.SimulatePolicyRequest.facts", 1_000],
]);

/** Members of any other list, map or object: more than any sensible request has, and few enough to be parsed at once. */
export const MOST_MEMBERS = 100_000;

/** Values in a whole request, whatever they are. As many parts as the contract allows fit in. */
export const MOST_VALUES = 1_000_000;

/** Requests below this size, in bytes, are parsed without a look: they cannot hold enough to hold anybody up. */
export const SMALL_BYTES = 32 * 1024;

/** The most members that a list of the contract may have. */
export function mostMembers(field: DescField | undefined): number {
  return (field && LISTS.get(`${field.parent.typeName}.${field.name}`)) ?? MOST_MEMBERS;
}

/** The error for a list with too many members. @param path where it stands in the request. */
export function tooManyMembers(path: string, most: number): EngineError {
  const thing = path.slice(path.lastIndexOf(".") + 1).replace(/\[\d+\]$/, "");
  return refused(path, `has more than ${most} ${LISTS_OF_THINGS.has(thing) ? thing : "members"}`);
}

const LISTS_OF_THINGS: ReadonlySet<string> = new Set(["turns", "tools", "parts", "facts"]);

/** The error for a request of too many values in all. */
export function tooManyValues(): EngineError {
  return refused("", `has more than ${MOST_VALUES} values`);
}

function refused(field: string, description: string): EngineError {
  return new EngineError(ErrorReason.INVALID_REQUEST, `${field || "the request"}: ${description}`, {
    fields: [{ field, description }],
  });
}
