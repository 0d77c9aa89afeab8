import type { Dialect } from "../dialect.ts";
import type { OpenAiFlavour } from "./flavour.ts";
import { encodeRequest } from "./request.ts";
import { decodeError, decodeResponse } from "./response.ts";
import { createStreamDecoder } from "./stream.ts";

/** OpenAI's chat completions, and everything that speaks them. */
export function createOpenAiDialect(flavour: OpenAiFlavour): Dialect {
  return {
    name: flavour.name,
    encode: (call) => encodeRequest(call, flavour),
    decode: (answer, _call, requestId) => decodeResponse(answer, requestId),
    createDecoder: (_call, requestId) => createStreamDecoder(requestId),
    decodeError,
  };
}
