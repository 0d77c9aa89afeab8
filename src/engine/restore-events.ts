import type { Protector } from "../privacy/protector.ts";
import type { StreamRestorer } from "../privacy/restorer.ts";
import type { ProviderEvent } from "../provider/provider.ts";

/** Puts private values back into output events, one restorer for each thing that is streamed. */
export interface EventRestorer {
  restore(event: ProviderEvent): ProviderEvent[];
  reset(): void;
}

/** Makes a restorer of events. What is held back at a chunk's border comes before `finished` at the latest. */
export function createEventRestorer(protector: Protector): EventRestorer {
  let text: StreamRestorer | undefined;
  let reasoning: StreamRestorer | undefined;
  let calls = new Map<number, StreamRestorer>();

  const reset = (): void => {
    text = undefined;
    reasoning = undefined;
    calls = new Map();
  };
  const flush = (): ProviderEvent[] => {
    const rest: ProviderEvent[] = [];
    const lastReasoning = reasoning?.end();
    if (lastReasoning) rest.push({ type: "reasoning_delta", text: lastReasoning });
    const lastText = text?.end();
    if (lastText) rest.push({ type: "text_delta", text: lastText });
    for (const [index, call] of calls) {
      const argumentsDelta = call.end();
      if (argumentsDelta) rest.push({ type: "tool_call_delta", index, argumentsDelta });
    }
    reset();
    return rest;
  };

  return {
    reset,
    restore(event) {
      switch (event.type) {
        case "text_delta": {
          text ??= protector.restorer();
          const restored = text.push(event.text);
          return restored ? [{ ...event, text: restored }] : [];
        }
        case "reasoning_delta": {
          reasoning ??= protector.restorer();
          const restored = reasoning.push(event.text);
          if (!event.providerToken) return [{ ...event, text: restored }];
          // The token ends this thought: what was held back belongs before it, and not into the next one.
          const whole = restored + reasoning.end();
          reasoning = undefined;
          return [{ ...event, text: whole }];
        }
        case "tool_call_delta": {
          const call = calls.get(event.index) ?? protector.restorer("json");
          calls.set(event.index, call);
          return [{ ...event, argumentsDelta: call.push(event.argumentsDelta) }];
        }
        case "finished":
          return [...flush(), event];
        default:
          return [event];
      }
    },
  };
}
