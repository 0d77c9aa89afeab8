import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { ProviderError } from "./errors.ts";

/**
 * Classes a call that got no whole answer.
 * @param written whether the request, or a part of it, may have reached the provider.
 * @param status the status of the answer that began; 0 where none did.
 */
export function transportError(error: unknown, written: boolean, status: number): ProviderError {
  const code = errorCode(error);
  // A parser's error carries the bytes it stumbled over, which nobody has asked to have logged.
  const details = { httpStatus: status, cause: code === NOT_HTTP ? undefined : error };
  if (!written) {
    return new ProviderError(
      AttemptErrorKind.NOT_SENT,
      AttemptErrorReason.CONNECTION,
      `No connection to the provider${code === "" ? "" : ` (${code})`}.`,
      details,
    );
  }
  const [reason, message] = writtenFailure(code, status);
  return new ProviderError(AttemptErrorKind.MAYBE_BILLED, reason, message, details);
}

/** An answer that is not what the provider's format promises. The provider has worked, and may charge. */
export function badResponse(message: string, httpStatus: number, cause?: unknown): ProviderError {
  return new ProviderError(AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.BAD_RESPONSE, message, {
    httpStatus,
    cause,
  });
}

/** A stream that broke off before it said anything. */
export function interrupted(): ProviderError {
  return new ProviderError(
    AttemptErrorKind.MAYBE_BILLED,
    AttemptErrorReason.INTERRUPTED,
    "The provider's stream broke off before it said anything.",
  );
}

/** Something that the request asks for and this provider's format has no words for: another target may. */
export function unsupported(provider: string, what: string): ProviderError {
  return new ProviderError(
    AttemptErrorKind.CALLER_FAULT,
    AttemptErrorReason.INVALID_REQUEST,
    `The ${provider} format cannot express ${what}.`,
  );
}

/** What a status means for money and for another try. */
export interface StatusClass {
  readonly kind: AttemptErrorKind;
  readonly reason: AttemptErrorReason;
  readonly sentence: string;
}

/** Classes a status that is no success. */
export function classifyStatus(status: number): StatusClass {
  const exact = BY_STATUS.get(status);
  if (exact !== undefined) return exact;
  if (status >= 500) {
    return { kind: MAYBE_BILLED, reason: AttemptErrorReason.SERVER_ERROR, sentence: "The provider failed." };
  }
  if (status >= 400) {
    return {
      kind: CALLER_FAULT,
      reason: AttemptErrorReason.INVALID_REQUEST,
      sentence: "The provider does not accept the request.",
    };
  }
  return {
    kind: MAYBE_BILLED,
    reason: AttemptErrorReason.BAD_RESPONSE,
    sentence: "The provider's answer has a status that its format does not know.",
  };
}

const { NOT_SENT, MAYBE_BILLED, CALLER_FAULT, REFUSED } = AttemptErrorKind;
const unauthenticated: StatusClass = {
  kind: NOT_SENT,
  reason: AttemptErrorReason.UNAUTHENTICATED,
  sentence: "The provider does not accept our credential, or the account may not use the model.",
};
const unavailable: StatusClass = {
  kind: NOT_SENT,
  reason: AttemptErrorReason.UNAVAILABLE,
  sentence: "The provider is overloaded or down.",
};
const tooSlow: StatusClass = {
  kind: MAYBE_BILLED,
  reason: AttemptErrorReason.TIMEOUT,
  sentence: "The provider was too slow for itself.",
};
const unknownPlace: StatusClass = {
  kind: NOT_SENT,
  reason: AttemptErrorReason.INVALID_REQUEST,
  sentence: "The provider knows no such model or address.",
};

const BY_STATUS: ReadonlyMap<number, StatusClass> = new Map([
  [401, unauthenticated],
  [402, unauthenticated],
  [403, unauthenticated],
  [404, unknownPlace],
  [405, unknownPlace],
  [408, tooSlow],
  [
    409,
    { kind: MAYBE_BILLED, reason: AttemptErrorReason.SERVER_ERROR, sentence: "The provider saw a conflict." },
  ],
  [
    429,
    {
      kind: NOT_SENT,
      reason: AttemptErrorReason.RATE_LIMITED,
      sentence: "The provider limits our rate or quota.",
    },
  ],
  [
    451,
    {
      kind: REFUSED,
      reason: AttemptErrorReason.CONTENT_REFUSED,
      sentence: "The provider declined the content.",
    },
  ],
  [503, unavailable],
  [504, tooSlow],
  // Anthropic's own status for "overloaded".
  [529, unavailable],
]);

function writtenFailure(code: string, status: number): [AttemptErrorReason, string] {
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return [AttemptErrorReason.TIMEOUT, "The provider sent nothing for too long."];
  }
  if (code === NOT_HTTP || code === "UND_ERR_HEADERS_OVERFLOW") {
    return [AttemptErrorReason.BAD_RESPONSE, "The provider's answer is not HTTP."];
  }
  if (status > 0) return [AttemptErrorReason.INTERRUPTED, "The provider's answer broke off."];
  return [
    AttemptErrorReason.CONNECTION,
    `The connection broke before an answer came${code === "" ? "" : ` (${code})`}.`,
  ];
}

const NOT_HTTP = "HPE";

function errorCode(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (name === "HTTPParserError") return NOT_HTTP;
  return typeof code === "string" ? code : "";
}
