/** What went wrong in an evaluation, apart from single answers. */
export type EvaluateErrorKind = "invalid_scenarios" | "invalid_results" | "unknown_candidate";

/** An evaluation that cannot be run or read; the message says what to change. */
export class EvaluateError extends Error {
  override readonly name = "EvaluateError";
  readonly kind: EvaluateErrorKind;

  constructor(kind: EvaluateErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
