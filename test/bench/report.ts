import type { StepCost } from "./decisions.ts";
import type { Comparison, DoorFigures } from "./doors.ts";
import { median, ratios } from "./figures.ts";
import type { Series } from "./rounds.ts";

/** All that a run found. */
export interface BenchFigures {
  readonly node: string;
  /** Whether server and load had a core each. */
  readonly pinned: boolean;
  /** Load of the machine at the start, as the number of processes that wanted to run in the last minute. */
  readonly loadBefore: number;
  readonly decisions: readonly StepCost[];
  readonly doors: DoorFigures;
  readonly targets: readonly TargetResult[];
}

/** Something we hold ourselves to. */
export interface TargetResult {
  readonly name: string;
  readonly wanted: string;
  readonly found: number;
  readonly met: boolean;
}

/** Compares what was found with what we hold ourselves to. */
export function judge(decisions: readonly StepCost[], doors: DoorFigures): TargetResult[] {
  const ratio = (title: string, over: number, under: number): number => {
    const series = doors.comparisons.find((one) => one.title === title)?.series ?? [];
    return median(ratios(series[over]?.perSecond ?? [], series[under]?.perSecond ?? []));
  };
  const step = (name: string): StepCost | undefined => decisions.find((one) => one.name.startsWith(name));
  const least = (name: string, wanted: number, found: number): TargetResult => ({
    name,
    wanted: `at least ${wanted}`,
    found,
    met: found >= wanted,
  });
  const most = (name: string, wanted: number, unit: string, found: number): TargetResult => ({
    name,
    wanted: `at most ${wanted} ${unit}`,
    found,
    met: found <= wanted,
  });
  return [
    least("everything on / bare, 32 in flight", 0.65, ratio("Route, 32 in flight", 1, 0)),
    least("everything on / bare, 256 in flight", 0.5, ratio("Route, 256 in flight", 1, 0)),
    least("durable / left to the system, 32 in flight", 0.75, ratio("Route, 32 in flight", 1, 2)),
    least("durable / left to the system, 256 in flight", 0.9, ratio("Route, 256 in flight", 1, 2)),
    least("gRPC door's transport / connect-node, 32 in flight", 2.5, ratio("Echo, 32 in flight", 1, 0)),
    most("decide, 3 rules and 5 targets, CPU", 15, "us", step("decide")?.cpuMean ?? Number.NaN),
    most("whole decision, 99th percentile", 100, "us", step("whole")?.p99 ?? Number.NaN),
    most(
      `event-loop delay at ${number(doors.loop.entriesPerSecond)} entries a second, 99th percentile`,
      10,
      "ms",
      doors.loop.delayP99,
    ),
  ];
}

/** The figures as tables of text. */
export function renderReport(figures: BenchFigures): string {
  const { decisions, doors, targets } = figures;
  return [
    `Node ${figures.node}; ${figures.pinned ? "server on one core, load generator and upstream on another" : "nothing pinned"}; load average before ${figures.loadBefore.toFixed(1)}`,
    "",
    ...table(
      ["Decisions in process", "a second", "CPU us", "mean us", "p50 us", "p99 us"],
      decisions.map(({ name, cpuMean, mean, p50, p99 }) => [
        name,
        number(1e6 / cpuMean),
        fixed(cpuMean),
        fixed(mean),
        fixed(p50),
        fixed(p99),
      ]),
    ),
    ...doors.comparisons.flatMap((comparison) => ["", ...comparisonTable(comparison)]),
    "",
    ...table(
      ["200 requests a second", "p50 ms", "added ms"],
      doors.latencies.map(({ name, p50, added }) => [name, fixed(p50, 2), fixed(added, 2)]),
    ),
    "",
    ...table(
      ["Aims", "wanted", "found", ""],
      targets.map(({ name, wanted, found, met }) => [name, wanted, fixed(found, 2), met ? "met" : "missed"]),
    ),
  ].join("\n");
}

function comparisonTable({ title, series }: Comparison): string[] {
  const base = series[0]?.perSecond ?? [];
  const row = ({ name, perSecond, cpuMicros, p50, p99 }: Series): string[] => {
    const shares = ratios(perSecond, base);
    return [
      name,
      number(median(perSecond)),
      `${fixed(median(shares), 2)} [${fixed(Math.min(...shares), 2)} to ${fixed(Math.max(...shares), 2)}]`,
      cpuMicros ? number(median(cpuMicros)) : "-",
      fixed(p50),
      fixed(p99),
    ];
  };
  return table([title, "a second", "of the first", "CPU us each", "p50 ms", "p99 ms"], series.map(row));
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(heads), rule, ...rows.map(line)];
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function fixed(value: number, digits = 1): string {
  return value.toFixed(digits);
}
