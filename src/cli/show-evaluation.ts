import cliProgress from "cli-progress";
import type { Comparison } from "../evaluate/regressions.ts";
import type { Result } from "../evaluate/results.ts";
import type { RunSummary } from "../evaluate/run-evaluation.ts";
import type { CandidateSummary } from "../evaluate/summarize.ts";
import { formatDollars } from "../lib/money.ts";
import { formatTable, percent } from "./table.ts";

/** What an evaluation found. */
export interface EvaluationOutcome {
  readonly results: readonly Result[];
  readonly summaries: readonly CandidateSummary[];
  readonly comparison: Comparison;
  readonly ran: RunSummary & { readonly reused: number };
  readonly files: Readonly<Record<string, string>>;
  /** Why the gate is closed; empty where it is open. */
  readonly closed: readonly string[];
}

/** A bar on a terminal, a line now and then elsewhere. */
export function startProgress(
  total: number,
  reused: number,
  quiet: boolean,
): { add(result: Result): void; stop(): void } {
  const shown = !quiet && process.stderr.isTTY;
  const bar = new cliProgress.SingleBar(
    {
      format: "{bar} {value}/{total}, {passed} passed, {failed} not, {cost}, {eta_formatted} left",
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  let [done, passed, failed, cost] = [reused, 0, 0, 0];
  if (shown) bar.start(total, reused, { passed, failed, cost: "$0" });
  return {
    add(result) {
      done++;
      if (result.status === "passed") passed++;
      else failed++;
      cost += result.cost + result.judge_cost;
      if (shown) bar.update(done, { passed, failed, cost: formatDollars(cost) });
      else if (!quiet && done % 100 === 0) console.error(`${done}/${total}, ${formatDollars(cost)}`);
    },
    stop: () => bar.stop(),
  };
}

/** Prints the table, what changed, and where the files are. */
export function showOutcome(
  { summaries, comparison, ran, files, closed }: EvaluationOutcome,
  json: boolean,
): void {
  if (json) {
    console.log(JSON.stringify({ summaries, comparison, ran, files, closed }));
    return;
  }
  const number = (title: string, cell: (row: CandidateSummary) => string) =>
    ({ title, align: "right", cell }) as const;
  console.log(
    formatTable<CandidateSummary>(
      [
        { title: "candidate", cell: ({ name }) => name },
        number("passed", ({ passed, failed, errors }) => `${passed}/${passed + failed + errors}`),
        number("pass rate", ({ passRate }) => percent(passRate)),
        { title: "95 %", cell: ({ interval: [lower, upper] }) => `${percent(lower)}-${percent(upper)}` },
        number("a success costs", ({ costPerSuccess }) =>
          costPerSuccess === undefined ? "-" : formatDollars(costPerSuccess),
        ),
        number("p50 ms", ({ p50Ms }) => p50Ms?.toFixed(0) ?? "-"),
        number("p95 ms", ({ p95Ms }) => p95Ms?.toFixed(0) ?? "-"),
        number("errors", ({ errors }) => String(errors)),
        number("skipped", ({ skipped }) => String(skipped)),
      ],
      summaries,
    ),
  );
  const { regressions, improvements, compared } = comparison;
  if (compared > 0)
    console.log(
      `\nAgainst the last run: ${regressions.length} worse, ${improvements.length} better of ${compared}.`,
    );
  console.log(`\n${ran.reused} of an earlier run kept, ${formatDollars(ran.spent)} spent.`);
  if (ran.left > 0)
    console.log(`${ran.left} answers are missing: the budget is spent. Run again with a larger --budget.`);
  for (const [name, path] of Object.entries(files)) console.log(`${name}: ${path}`);
  for (const reason of closed) console.error(`The gate is closed: ${reason}.`);
}
