/** Why a scorecard could not be made, loaded or fitted. */
export type ScorecardErrorKind =
  /** A setting is out of its bounds. */
  | "invalid_setting"
  /** A table of outcomes has a row that cannot be read. */
  | "invalid_row"
  /** A file of a scorecard does not hold one, or holds impossible numbers. */
  | "invalid_scorecard";

/** The one error of this room. */
export class ScorecardError extends Error {
  readonly kind: ScorecardErrorKind;

  constructor(kind: ScorecardErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ScorecardError";
    this.kind = kind;
  }
}
