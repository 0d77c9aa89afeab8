import { createHash, type Hash } from "node:crypto";
import { type JsonObject, toBinary } from "@bufbuild/protobuf";
import { GenerationOptionsSchema, type RouteInput, TurnSchema } from "#gen/pointsman/v1/route_input_pb.ts";

/** All that must be the same for an answer to be repeated. */
export interface CacheQuestion {
  /** Whose request it is. Nothing of one tenant's is ever found by another's. */
  readonly tenant: string;
  /** The policy under which the answer was made. */
  readonly policyRevision: string;
  /** The conversation as it would be sent. Hints, labels and the conversation's name are not part of the question. */
  readonly input: RouteInput;
  /** What else must be the same, such as the targets that policy allows. Default: nothing. */
  readonly variant?: string;
}

/** Goes into every key, so that a change of what is hashed never finds what an older version kept. */
const VERSION = "pointsman answer 1";

/**
 * The key of an answer: 64 hexadecimal digits. Whoever differs in tenant, policy, system prompt, any turn, tool, option or the
 * form of the answer has another key; the order of the fields of a JSON schema makes no difference.
 */
export function cacheKey({ tenant, policyRevision, input, variant = "" }: CacheQuestion): string {
  const hash = createHash("sha256");
  for (const text of [VERSION, tenant, policyRevision, variant]) add(hash, text);
  count(hash, input.turns.length);
  for (const turn of input.turns) add(hash, toBinary(TurnSchema, turn, PLAIN));
  count(hash, input.tools.length);
  for (const tool of input.tools) {
    add(hash, tool.name);
    add(hash, tool.description);
    add(hash, tool.parametersSchema ? canonicalJson(tool.parametersSchema) : "");
  }
  add(hash, input.options ? toBinary(GenerationOptionsSchema, input.options, PLAIN) : "");
  const format = input.responseFormat?.format;
  add(hash, format?.case === "json" ? "json" : "text");
  if (format?.case === "json") {
    add(hash, format.value.name);
    add(hash, format.value.schema ? canonicalJson(format.value.schema) : "");
  }
  return hash.digest("hex");
}

/** Fields that this version does not know could mean anything to nobody: they are left out. */
const PLAIN = { writeUnknownFields: false };

/** Every piece carries its length, so that no two lists of pieces read the same. */
function add(hash: Hash, piece: string | Uint8Array): void {
  const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
  count(hash, bytes.length);
  hash.update(bytes);
}

function count(hash: Hash, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  hash.update(bytes);
}

/** JSON text with the fields of every object in order. */
function canonicalJson(value: JsonObject): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
