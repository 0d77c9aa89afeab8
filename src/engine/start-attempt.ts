import { create } from "@bufbuild/protobuf";
import { type Usage, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { estimateTokens } from "../classify/token-estimate.ts";
import { AttemptRun } from "./attempt.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { World } from "./world.ts";

/** What a call of a target needs. */
export interface StartOptions {
  readonly world: World;
  readonly targetId: string;
  /** What is sent, protected. */
  readonly input: RouteInput;
  readonly streaming: boolean;
  readonly callId: string;
  readonly index: number;
  /** The longest silence, in milliseconds. */
  readonly silenceMs: number;
  readonly hedge: boolean;
  readonly shadow: boolean;
  /** Estimated input tokens, where a provider reports none. */
  readonly inputTokens?: number;
}

/** Starts a call where the target takes one now: a place under its concurrency limit, and leave by its breaker. */
export function startAttempt(parts: EngineParts, options: StartOptions): AttemptRun | undefined {
  const { world, targetId } = options;
  const target = world.catalogue.byId.get(targetId);
  const provider = world.providers.get(targetId);
  if (!target || !provider) return undefined;
  const place = parts.places(targetId);
  if (!place.acquire()) return undefined;
  const permit = parts.breakers.admit(targetId);
  if (!permit) {
    place.release(false);
    return undefined;
  }
  return new AttemptRun({
    index: options.index,
    target,
    provider,
    call: {
      input: options.input,
      target,
      streaming: options.streaming,
      callId: options.callId,
      cachePrefix: options.input.conversationId !== "",
    },
    permit,
    place,
    clock: parts.clock,
    silenceMs: options.silenceMs,
    hedge: options.hedge,
    shadow: options.shadow,
    cleanMessage: parts.guard.scrubAll,
    estimateUsage: (output) => estimateUsage(options, output),
  });
}

function estimateUsage(options: StartOptions, output: string): Usage {
  return create(UsageSchema, {
    inputTokens: options.inputTokens ?? 0,
    outputTokens: output === "" ? 0 : estimateTokens(output),
    estimated: true,
  });
}
