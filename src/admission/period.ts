/** How long a budget lasts before it starts anew. */
export type Period = "day" | "week" | "month" | "total";

/** One period of a budget. */
export interface PeriodSpan {
  /** Names the period, such as "2026-11-24", and sorts by time. */
  readonly name: string;
  /** When the next one starts, in milliseconds since 1970; infinite for `total`. */
  readonly end: number;
}

const DAY_MS = 86_400_000;

/** The period that holds a moment. Days, weeks (from Monday) and months are those of UTC, so that all replicas agree. */
export function periodAt(period: Period, now: number): PeriodSpan {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (period) {
    case "total":
      return { name: "total", end: Number.POSITIVE_INFINITY };
    case "month":
      return { name: isoDate(Date.UTC(year, month, 1)).slice(0, 7), end: Date.UTC(year, month + 1, 1) };
    case "week": {
      const monday = Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7));
      return { name: `w${isoDate(monday)}`, end: monday + 7 * DAY_MS };
    }
    case "day": {
      const midnight = Date.UTC(year, month, day);
      return { name: isoDate(midnight), end: midnight + DAY_MS };
    }
  }
}

function isoDate(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
