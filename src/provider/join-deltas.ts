import type { ProviderEvent } from "./provider.ts";

/** The longest delta that is made of several, in UTF-16 units: what was one read of the network stays a message of modest size. */
const LONGEST = 16_384;

/**
 * Joins pieces of text that stand side by side. Tokens that arrived together leave together: nobody waits longer, and a
 * message for each would cost a hundred times as much as its text.
 */
export function joinDeltas(events: readonly ProviderEvent[]): ProviderEvent[] {
  const joined: ProviderEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (
      last?.type === "text_delta" &&
      event.type === "text_delta" &&
      last.text.length + event.text.length <= LONGEST
    ) {
      joined[joined.length - 1] = { type: "text_delta", text: last.text + event.text };
    } else joined.push(event);
  }
  return joined;
}
