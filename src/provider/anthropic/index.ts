import type { Dialect } from "../dialect.ts";
import { createJsonTool } from "./json-tool.ts";
import { encodeRequest } from "./request.ts";
import { decodeError, decodeResponse } from "./response.ts";
import { createStreamDecoder } from "./stream.ts";

/**
 * Anthropic's Messages.
 * @param defaultMaxTokens the output limit where neither call nor target has one: the format demands one.
 */
export function createAnthropicDialect(defaultMaxTokens: number): Dialect {
  return {
    name: "Anthropic",
    encode: (call) => encodeRequest(call, defaultMaxTokens),
    decode: (answer, call, requestId) => decodeResponse(answer, createJsonTool(call.input)?.name, requestId),
    createDecoder: (call, requestId) => createStreamDecoder(createJsonTool(call.input)?.name, requestId),
    decodeError,
  };
}
