import type { Dialect } from "../dialect.ts";
import { decodeError } from "./parts.ts";
import { encodeRequest } from "./request.ts";
import { decodeResponse } from "./response.ts";
import { createStreamDecoder } from "./stream.ts";

/** Gemini's generateContent. */
export const geminiDialect: Dialect = {
  name: "Gemini",
  encode: encodeRequest,
  decode: (answer, _call, requestId) => decodeResponse(answer, requestId),
  createDecoder: (_call, requestId) => createStreamDecoder(requestId),
  decodeError,
};
