import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import { stringify } from "yaml";
import { type Policy, PolicySchema } from "#gen/pointsman/v1/policy_pb.ts";
import { enumWord } from "../lib/enums.ts";
import { formatDuration } from "./durations.ts";
import { isPresent } from "./presence.ts";

/** Writes a policy as the YAML that people write. Reading it gives the same policy. */
export function formatPolicy(policy: Policy): string {
  return stringify(plainMessage(PolicySchema, policy), { lineWidth: 110, aliasDuplicateObjects: false });
}

function plainMessage(description: DescMessage, message: Message): Record<string, unknown> {
  const fields = message as unknown as Record<string, unknown>;
  const plain: Record<string, unknown> = {};
  for (const field of description.fields) {
    const value = field.oneof ? chosen(fields[field.oneof.localName], field) : fields[field.localName];
    if (field.oneof ? value !== undefined : isPresent(field, value))
      plain[field.name] = plainField(field, value);
  }
  return plain;
}

/** The value of a oneof's field, if that is the one that is set. */
function chosen(oneof: unknown, field: DescField): unknown {
  const { case: name, value } = oneof as { case?: string; value?: unknown };
  return name === field.localName ? value : undefined;
}

function plainField(field: DescField, value: unknown): unknown {
  switch (field.fieldKind) {
    case "list":
      return (value as unknown[]).map((item) => plainElement(field, item));
    case "map":
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, plainElement(field, item)]),
      );
    default:
      return plainElement(field, value);
  }
}

function plainElement(field: DescField, value: unknown): unknown {
  if (field.enum) return enumWord(field.enum, value as number);
  if (!field.message) return value;
  if (field.message.typeName === "google.protobuf.Duration") return formatDuration(value as Duration);
  return plainMessage(field.message, value as Message);
}
