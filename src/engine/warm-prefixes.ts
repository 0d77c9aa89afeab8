import { create } from "@bufbuild/protobuf";
import { type WarmPrefix, WarmPrefixSchema } from "#gen/pointsman/v1/facts_pb.ts";

/** Remembers at which target the prompt cache of a conversation is likely to be warm. */
export interface WarmPrefixes {
  /** Where the conversation is warm now; undefined where it is not or not known. */
  find(tenant: string, conversationId: string): WarmPrefix | undefined;
  /** A target has just read this many tokens of the conversation. */
  remember(tenant: string, conversationId: string, targetId: string, tokens: number): void;
}

/** Conversations remembered at once; the longest unused are forgotten first. */
const MOST_CONVERSATIONS = 50_000;

/**
 * Makes the memory. Providers keep a prompt cache for about five minutes after its last use, and only for prompts of
 * about 1,024 tokens and more.
 * @param now milliseconds.
 */
export function createWarmPrefixes(
  now: () => number,
  lifetimeMs = 5 * 60_000,
  minTokens = 1_024,
): WarmPrefixes {
  const known = new Map<string, { targetId: string; tokens: number; until: number }>();
  return {
    find(tenant, conversationId) {
      if (!conversationId) return undefined;
      const entry = known.get(`${tenant}\0${conversationId}`);
      if (!entry || entry.until < now()) return undefined;
      return create(WarmPrefixSchema, { targetId: entry.targetId, cachedTokens: entry.tokens });
    },
    remember(tenant, conversationId, targetId, tokens) {
      if (!conversationId || tokens < minTokens) return;
      const key = `${tenant}\0${conversationId}`;
      known.delete(key);
      known.set(key, { targetId, tokens, until: now() + lifetimeMs });
      if (known.size > MOST_CONVERSATIONS) {
        for (const oldest of known.keys()) {
          known.delete(oldest);
          break;
        }
      }
    },
  };
}
