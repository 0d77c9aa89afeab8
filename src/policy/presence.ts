import type { DescField } from "@bufbuild/protobuf";

/** Whether "not set" differs from the zero value for a field of the contract. */
function hasPresence(field: DescField): boolean {
  return field.fieldKind === "scalar" && field.oneof === undefined && field.proto.proto3Optional;
}

/** Whether a field is set: by presence where the contract has it, else by not having the zero value. */
export function isPresent(field: DescField, value: unknown): boolean {
  if (value === undefined) return false;
  if (hasPresence(field)) return true;
  if (Array.isArray(value)) return value.length > 0;
  if (field.fieldKind === "map") return Object.keys(value as object).length > 0;
  return value !== "" && value !== 0 && value !== false;
}
