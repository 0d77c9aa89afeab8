import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { LogLevel } from "#gen/pointsman/v1/policy_pb.ts";
import type { Part, RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { rulesOfPolicy } from "../privacy/actions.ts";
import { mapInputStrings } from "../privacy/map-input.ts";
import { PrivacyError } from "../privacy/privacy-error.ts";
import { inspectInput, protectInput } from "../privacy/protect-input.ts";
import { createProtector } from "../privacy/protector.ts";
import { scrub, scrubAll } from "../privacy/scrub.ts";
import type { ProviderEvent } from "../provider/provider.ts";
import { EngineError } from "./errors.ts";
import type { Guard, Protected } from "./guard.ts";
import { createEventRestorer } from "./restore-events.ts";

/** Makes the guard. @param hashKey key of the hash action, at least 16 bytes. */
export function createPrivacyGuard(hashKey: Uint8Array): Guard {
  const scrubberOf = (level: LogLevel): ((text: string) => string) =>
    level === LogLevel.FULL ? scrub : scrubAll;
  return {
    scrub,
    inspect(input) {
      const inspection = inspectInput(input);
      return {
        sensitivity: inspection.sensitivity,
        protect({ plan, facts }) {
          const rules = rulesOfPolicy(plan?.redact ?? []);
          if (rules.length === 0) return unprotected(input);
          try {
            const protector = createProtector(rules, { hashKey, tenant: facts?.caller?.tenant ?? "" });
            const result = protectInput(input, protector, inspection);
            if (result.blockedKinds.length > 0) throw blocked(result.blockedKinds);
            const restorer = createEventRestorer(protector);
            return { input: result.input, restore: restorer.restore, reset: restorer.reset };
          } catch (error) {
            throw error instanceof PrivacyError ? uncertain(error) : error;
          }
        },
      };
    },
    storableInput: (input, level) => mapInputStrings(input, scrubberOf(level)),
    storableParts: (parts, level) => parts.map((part) => scrubPart(part, scrubberOf(level))),
  };
}

function unprotected(input: RouteInput): Protected {
  return { input, restore: (event: ProviderEvent) => [event], reset: () => undefined };
}

function blocked(kinds: readonly string[]): EngineError {
  const names = kinds.join(", ");
  return new EngineError(
    ErrorReason.PRIVACY_BLOCKED,
    `The request holds ${names}, which policy does not let through.`,
    {
      metadata: { kinds: names },
    },
  );
}

function uncertain(error: PrivacyError): EngineError {
  const names = error.privateKinds.join(", ");
  return new EngineError(
    ErrorReason.PRIVACY_BLOCKED,
    "The request could not be searched for what policy calls critical.",
    {
      metadata: { kinds: names },
      cause: error,
    },
  );
}

function scrubPart(part: Part, clean: (text: string) => string): Part {
  const { content } = part;
  switch (content.case) {
    case "text":
      return { ...part, content: { case: "text", value: clean(content.value) } };
    case "reasoning":
      return {
        ...part,
        content: { case: "reasoning", value: { ...content.value, text: clean(content.value.text) } },
      };
    case "toolCall": {
      const value = { ...content.value, argumentsJson: clean(content.value.argumentsJson) };
      return { ...part, content: { case: "toolCall", value } };
    }
    default:
      return part;
  }
}
