/** Why protection could not be given. None of these may be answered by sending the text as it is. */
export type PrivacyErrorKind =
  /** The action settings contradict themselves or name an unknown kind. */
  | "invalid_actions"
  /** A detector of a critical kind threw. */
  | "detector_failed"
  /** A detector of a critical kind ran over its time bound. */
  | "detector_timeout"
  /** The text is longer than the protector was told to accept. */
  | "text_too_long"
  /** The request would need more placeholders than one request may hold. */
  | "too_many_values";

/** The one error of this room. `privateKinds` names the kinds of private value that were left undecided. */
export class PrivacyError extends Error {
  readonly kind: PrivacyErrorKind;
  readonly privateKinds: readonly string[];

  constructor(
    kind: PrivacyErrorKind,
    message: string,
    privateKinds: readonly string[] = [],
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PrivacyError";
    this.kind = kind;
    this.privateKinds = privateKinds;
  }
}
