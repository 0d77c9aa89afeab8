import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";

/** Violations reported at once; more would help nobody. */
const MOST_VIOLATIONS = 20;

/** Collects what is wrong with a request, field by field, in the contract's own field names. */
export class Violations {
  readonly #fields: { field: string; description: string }[] = [];

  /** Whether so much is wrong that looking further is pointless. */
  get full(): boolean {
    return this.#fields.length >= MOST_VIOLATIONS;
  }

  /** Notes a violation unless the condition holds. */
  check(condition: boolean, field: string, description: string): void {
    if (!condition && !this.full) this.#fields.push({ field, description });
  }

  /** @throws EngineError INVALID_REQUEST that lists all violations; nothing where there is none. */
  throwIfAny(): void {
    const [first] = this.#fields;
    if (!first) return;
    const more = this.#fields.length > 1 ? ` (and ${this.#fields.length - 1} more)` : "";
    throw new EngineError(ErrorReason.INVALID_REQUEST, `${first.field}: ${first.description}${more}`, {
      fields: this.#fields,
    });
  }
}
