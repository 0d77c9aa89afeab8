import type { FinishReason, Usage } from "#gen/pointsman/v1/completion_pb.ts";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Target } from "#gen/pointsman/v1/target_pb.ts";

/** One call of one target. What it holds has been through policy: nothing in it may be kept from the provider. */
export interface ProviderCall {
  /** What is asked. */
  readonly input: RouteInput;
  /** Whom it is asked of. */
  readonly target: Target;
  /** Whether the answer is wanted piece by piece. Without, one upstream answer gives the same events at once. */
  readonly streaming: boolean;
  /** Names the call at the provider, where a provider takes an idempotency key. */
  readonly callId: string;
  /** Mark the conversation's prefix as cacheable, where a provider wants to be told. */
  readonly cachePrefix: boolean;
}

/** What happens in a call, in order. `finished` is the provider's own terminal marker: without it the answer is cut. */
export type ProviderEvent =
  | { readonly type: "started"; readonly responseModel?: string; readonly providerRequestId?: string }
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "reasoning_delta"; readonly text: string; readonly providerToken?: string }
  | {
      readonly type: "tool_call_delta";
      readonly index: number;
      readonly callId?: string;
      readonly name?: string;
      readonly argumentsDelta: string;
      readonly providerToken?: string;
    }
  | { readonly type: "usage"; readonly usage: Usage }
  | { readonly type: "finished"; readonly reason: FinishReason };

/** Something that answers calls. */
export interface Provider {
  /**
   * Answers a call as events. Ends after `finished`; ends without it where the provider's stream broke off.
   * @throws ProviderError for everything that goes wrong; the signal's reason where the signal aborts, within 50 ms.
   */
  generate(call: ProviderCall, signal: AbortSignal): AsyncIterable<ProviderEvent>;
  /** Closes connections; calls under way fail. */
  close(): Promise<void>;
}
