import type { JsonObject } from "@bufbuild/protobuf";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { unsupported } from "../http-errors.ts";

/** The tool by whose arguments the model answers in JSON: the format has no other way to make it follow a schema. */
export interface JsonTool {
  readonly name: string;
  readonly schema: JsonObject;
}

/**
 * The tool for a request that wants JSON; undefined for one that wants text.
 * @throws ProviderError INVALID_REQUEST where the schema's root is no object, which arguments always are.
 */
export function createJsonTool(input: RouteInput): JsonTool | undefined {
  if (input.responseFormat?.format.case !== "json") return undefined;
  const schema = input.responseFormat.format.value.schema ?? { type: "object" };
  if (schema.type !== "object" && !(schema.type === undefined && "properties" in schema)) {
    throw unsupported("Anthropic", "a JSON schema whose root is not an object");
  }
  const taken = input.tools.some((tool) => tool.name === "json");
  return { name: taken ? "json_answer" : "json", schema: { type: "object", ...schema } };
}
