/** Why the cache refuses. A cache that fails never fails a request: these are mistakes of its user. */
export type CacheErrorKind =
  /** Only answers that a model completed may be kept. */
  | "not_completed"
  /** The settings cannot be used. */
  | "invalid_settings";

/** The one error of this room. */
export class CacheError extends Error {
  override readonly name = "CacheError";
  readonly kind: CacheErrorKind;

  constructor(kind: CacheErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
