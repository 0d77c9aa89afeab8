import { create } from "@bufbuild/protobuf";
import type { Attempt } from "#gen/pointsman/v1/attempt_pb.ts";
import { type Completion, CompletionSchema } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import { AttemptedSchema, DecidedSchema, FinishedSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { LogLevel } from "#gen/pointsman/v1/policy_pb.ts";
import { type Part, type RouteInput, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Ledger, NewEntry } from "../ledger/ledger.ts";
import { sha256 } from "../lib/digest.ts";
import { compileSerializer } from "../lib/serialize.ts";
import { EngineError } from "./errors.ts";
import type { Guard } from "./guard.ts";

/** Writes the entries of one request. Entries are appended in the order of the calls. */
export interface Recorder {
  /** Resolves when the decision is as durable as configured. */
  decided(decision: Decision, input: RouteInput, inputDigest: Uint8Array): Promise<void>;
  /** Appends without waiting: `finished` waits for all entries before it. */
  attempted(decision: Decision, attempt: Attempt): void;
  /** Resolves when the end is as durable as configured. The completion holds the answer as the caller gets it. */
  finished(decision: Decision, completion: Completion): Promise<void>;
}

/**
 * Makes a recorder. What policy does not allow to keep never reaches the ledger; secrets never do.
 * Every method rejects with AUDIT_UNAVAILABLE where the ledger cannot be written and the configuration refuses then.
 */
export function createRecorder(ledger: Ledger, guard: Guard, makeId: () => string): Recorder {
  const append = async (entry: NewEntry): Promise<void> => {
    try {
      await ledger.append(entry);
    } catch (cause) {
      const message = "The request cannot be recorded, so it is not answered. Retry later.";
      throw new EngineError(ErrorReason.AUDIT_UNAVAILABLE, message, { cause });
    }
  };
  const keep = (level: LogLevel, bytes: () => Uint8Array, subject: string): NewEntry["content"] =>
    level === LogLevel.REDACTED || level === LogLevel.FULL
      ? { id: makeId(), bytes: bytes(), subject }
      : undefined;

  return {
    decided(decision, input, inputDigest) {
      const level = levelOf(decision);
      const content = keep(level, () => inputBytes(guard.storableInput(input, level)), subjectOf(decision));
      const value = create(DecidedSchema, { decision, inputDigest, contentId: content?.id ?? "" });
      return append({ ...named(decision), event: { case: "decided", value }, ...(content && { content }) });
    },
    attempted(decision, attempt) {
      const value = create(AttemptedSchema, { attempt });
      append({ ...named(decision), event: { case: "attempted", value } }).catch(() => undefined);
    },
    finished(decision, completion) {
      const { parts } = completion;
      const level = levelOf(decision);
      const storable = (): Uint8Array => answerBytes(guard.storableParts(parts, level));
      const content = parts.length > 0 ? keep(level, storable, subjectOf(decision)) : undefined;
      const bare = create(CompletionSchema, { ...completion, parts: [] });
      const outputDigest = parts.length > 0 ? sha256(answerBytes(parts)) : new Uint8Array(0);
      const value = create(FinishedSchema, { completion: bare, outputDigest, contentId: content?.id ?? "" });
      return append({ ...named(decision), event: { case: "finished", value }, ...(content && { content }) });
    },
  };
}

/** The canonical bytes of an answer: what is digested, and what is kept as content. */
export function answerBytes(parts: readonly Part[]): Uint8Array {
  return completionBytes(create(CompletionSchema, { parts: [...parts] }));
}

const inputBytes = compileSerializer(RouteInputSchema);
const completionBytes = compileSerializer(CompletionSchema);

function levelOf(decision: Decision): LogLevel {
  return decision.plan?.log?.level ?? LogLevel.NONE;
}

/** Whose content it is, so that it can be erased on demand: the user, where the credential names one. */
function subjectOf(decision: Decision): string {
  return decision.facts?.caller?.user ?? "";
}

function named(decision: Decision): Pick<NewEntry, "decisionId" | "tenant"> {
  return { decisionId: decision.id, tenant: decision.facts?.caller?.tenant ?? "" };
}
