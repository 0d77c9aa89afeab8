import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { LogLevel } from "#gen/pointsman/v1/policy_pb.ts";
import type { Part, RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { type ActionRule, rulesOfPolicy } from "../privacy/actions.ts";
import { replaceInJson } from "../privacy/json-text.ts";
import { mapInputStrings } from "../privacy/map-input.ts";
import { PrivacyError } from "../privacy/privacy-error.ts";
import { privateKindsInId } from "../privacy/private-ids.ts";
import { inspectInput, protectInput } from "../privacy/protect-input.ts";
import { createProtector } from "../privacy/protector.ts";
import { scrub, scrubAll, scrubLabel, withheld } from "../privacy/scrub.ts";
import type { ProviderEvent } from "../provider/provider.ts";
import { EngineError } from "./errors.ts";
import type { Guard, Protected } from "./guard.ts";
import { createEventRestorer } from "./restore-events.ts";

const KEPT_OUT_ALWAYS: readonly ActionRule[] = [
  { kinds: ["secrets", "pii"], action: "redact", critical: false },
];

/** What never reaches the record, by what policy allows to keep; everything private where nothing is known. */
const KEPT_OUT: ReadonlyMap<LogLevel, readonly ActionRule[]> = new Map<LogLevel, readonly ActionRule[]>([
  [LogLevel.FULL, [{ kinds: ["secrets"], action: "redact", critical: false }]],
]);

/** Makes the guard. @param hashKey key of the hash action, at least 16 bytes. */
export function createPrivacyGuard(hashKey: Uint8Array): Guard {
  return {
    scrub,
    scrubAll: (text) => scrubAll(text),
    scrubLabel,
    privateKindsInId,
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
    storableInput(input, level) {
      try {
        // One protector over the whole, so that a value which one turn gives away is gone from every turn.
        return protectInput(input, createProtector(KEPT_OUT.get(level) ?? KEPT_OUT_ALWAYS)).input;
      } catch (error) {
        if (!(error instanceof PrivacyError)) throw error;
        // What could not be searched is not kept.
        return mapInputStrings(input, () => withheld);
      }
    },
    storableParts: (parts, level) =>
      parts.map((part) => scrubPart(part, level === LogLevel.FULL ? scrub : scrubAll)),
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

function scrubPart(part: Part, clean: (text: string, name?: string) => string): Part {
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
      const value = {
        ...content.value,
        argumentsJson:
          replaceInJson(content.value.argumentsJson, clean) ?? clean(content.value.argumentsJson),
      };
      return { ...part, content: { case: "toolCall", value } };
    }
    default:
      return part;
  }
}
