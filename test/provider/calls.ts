import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Role, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { ProviderError } from "../../src/provider/errors.ts";
import type { Provider, ProviderCall, ProviderEvent } from "../../src/provider/provider.ts";

/** A call that asks one question, or whatever the input says instead. */
export function makeCall(
  streaming: boolean,
  input: MessageInitShape<typeof RouteInputSchema> = {},
  target: MessageInitShape<typeof TargetSchema> = {},
): ProviderCall {
  const turns = [
    { role: Role.USER, parts: [{ content: { case: "text" as const, value: "Why is the sky blue?" } }] },
  ];
  return {
    input: create(RouteInputSchema, { turns, ...input }),
    target: create(TargetSchema, { id: "target", model: "model-1", ...target }),
    streaming,
    callId: "call-id-1",
    cachePrefix: false,
  };
}

/** Every event of a call. */
export async function collect(
  provider: Provider,
  call: ProviderCall,
  signal: AbortSignal = new AbortController().signal,
): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = [];
  for await (const event of provider.generate(call, signal)) events.push(event);
  return events;
}

/** What a call that fails throws; fails itself where nothing is thrown, or no ProviderError is. */
export async function failureOf(provider: Provider, call: ProviderCall): Promise<ProviderError> {
  try {
    await collect(provider, call);
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw new Error(`Thrown was no ProviderError but ${String(error)}`, { cause: error });
  }
  throw new Error("Nothing was thrown.");
}

/** An answer put together from its events. */
export interface Folded {
  readonly text: string;
  readonly reasoning: string;
  readonly tokens: readonly string[];
  readonly toolCalls: readonly {
    callId: string;
    name: string;
    arguments: string;
    token: string | undefined;
  }[];
  readonly usage: Record<string, unknown> | undefined;
  readonly finished: number | undefined;
  readonly responseModel: string | undefined;
  readonly providerRequestId: string | undefined;
}

/** Puts an answer together; fails where events break the port's rules. */
export function fold(events: readonly ProviderEvent[]): Folded {
  let text = "";
  let reasoning = "";
  const tokens: string[] = [];
  const toolCalls: { callId: string; name: string; arguments: string; token: string | undefined }[] = [];
  let usage: Record<string, unknown> | undefined;
  let finished: number | undefined;
  let started: (ProviderEvent & { type: "started" }) | undefined;
  events.forEach((event, position) => {
    if (finished !== undefined) throw new Error("An event follows `finished`.");
    switch (event.type) {
      case "started":
        if (position !== 0) throw new Error("`started` is not the first event.");
        started = event;
        break;
      case "text_delta":
        text += event.text;
        break;
      case "reasoning_delta":
        reasoning += event.text;
        if (event.providerToken !== undefined) tokens.push(event.providerToken);
        break;
      case "tool_call_delta": {
        if (event.index === toolCalls.length) {
          if (event.callId === undefined || event.name === undefined)
            throw new Error("A tool call opens without id or name.");
          toolCalls.push({
            callId: event.callId,
            name: event.name,
            arguments: "",
            token: event.providerToken,
          });
        }
        const call = toolCalls[event.index];
        if (call === undefined) throw new Error(`Tool call ${event.index} comes before ${toolCalls.length}.`);
        call.arguments += event.argumentsDelta;
        break;
      }
      case "usage": {
        const { $typeName: _name, ...counts } = event.usage;
        usage = counts;
        break;
      }
      case "finished":
        finished = event.reason;
        break;
    }
  });
  return {
    text,
    reasoning,
    tokens,
    toolCalls,
    usage,
    finished,
    responseModel: started?.responseModel,
    providerRequestId: started?.providerRequestId,
  };
}

/** Whether what a signal's abort should end has ended within five seconds of it: before a timer that is set at the abort fires. */
export function watchAbort(signal: AbortSignal): () => boolean {
  let isLate = false;
  signal.addEventListener("abort", () => setTimeout(() => (isLate = true), 5_000).unref(), { once: true });
  return () => signal.aborted && !isLate;
}
