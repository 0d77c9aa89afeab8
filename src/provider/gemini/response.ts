import { badResponse } from "../http-errors.ts";
import type { ProviderEvent } from "../provider.ts";
import { createStreamDecoder } from "./stream.ts";

/**
 * The events of a whole answer. It has the form of a stream's only piece, so it is read as one.
 * @throws ProviderError BAD_RESPONSE where it is none.
 */
export function decodeResponse(answer: unknown, requestId: string | undefined): ProviderEvent[] {
  const decoder = createStreamDecoder(requestId);
  const events: ProviderEvent[] = [];
  decoder.pushValue(answer, events);
  if (decoder.state() === "open") throw badResponse("The provider's answer does not say why it ends.", 200);
  decoder.end(events);
  return events;
}
