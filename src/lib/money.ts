/** The most that a uint32 of micros can hold: 4,294.967295 dollars. */
const MAX_MICROS = 0xffffffff;

/** Dollars as whole micros, rounded up so that a cost is never understated, capped at what the contract can hold. */
export function toMicros(dollars: number): number {
  return Math.min(MAX_MICROS, Math.max(0, Math.ceil(dollars * 1e6 - 1e-6)));
}

/** Adds micros, capped at what the contract can hold. */
export function addMicros(left: number, right: number): number {
  return Math.min(MAX_MICROS, left + right);
}

/** Dollars for people: enough digits to be read, never in exponents. */
export function formatDollars(dollars: number): string {
  if (dollars === 0) return "$0";
  const digits = Math.abs(dollars) >= 1 ? 2 : Math.abs(dollars) >= 0.01 ? 4 : 6;
  return `${dollars < 0 ? "-" : ""}$${Math.abs(dollars).toFixed(digits)}`;
}
