import { type JsonObject, toBinary } from "@bufbuild/protobuf";
import { GenerationOptionsSchema, PartSchema, type RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { sha256Hex } from "../lib/digest.ts";

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
  const pieces = new Pieces();
  for (const text of [VERSION, tenant, policyRevision, variant]) pieces.add(text);
  pieces.count(input.turns.length);
  for (const { role, parts } of input.turns) {
    pieces.count(role);
    pieces.count(parts.length);
    for (const part of parts) {
      // Nearly all is text, and encoding it costs ten times what hashing it does.
      pieces.add(part.content.case ?? "");
      pieces.add(part.content.case === "text" ? part.content.value : toBinary(PartSchema, part, PLAIN));
    }
  }
  pieces.count(input.tools.length);
  for (const { name, description, parametersSchema } of input.tools) {
    pieces.add(name);
    pieces.add(description);
    pieces.add(parametersSchema ? canonicalJson(parametersSchema) : "");
  }
  pieces.add(input.options ? toBinary(GenerationOptionsSchema, input.options, PLAIN) : "");
  const format = input.responseFormat?.format;
  pieces.add(format?.case === "json" ? "json" : "text");
  if (format?.case === "json") {
    pieces.add(format.value.name);
    pieces.add(format.value.schema ? canonicalJson(format.value.schema) : "");
  }
  return sha256Hex(pieces.bytes());
}

/** Fields that this version does not know could mean anything to nobody: they are left out. */
const PLAIN = { writeUnknownFields: false };

/** Every piece carries its length, so that no two lists of pieces read the same. */
class Pieces {
  readonly #pieces: Uint8Array[] = [];

  add(piece: string | Uint8Array): void {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    this.count(bytes.length);
    this.#pieces.push(bytes);
  }

  count(value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    this.#pieces.push(bytes);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}

/** JSON text with the fields of every object in order. */
function canonicalJson(value: JsonObject): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
