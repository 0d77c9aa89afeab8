import { formatDollars } from "../lib/money.ts";
import { frontierPlot } from "./frontier-plot.ts";
import { escapeHtml, htmlTable } from "./html.ts";
import type { Change, Comparison } from "./regressions.ts";
import { reportStyle } from "./report-style.ts";
import type { Result } from "./results.ts";
import type { Scenario } from "./scenario-schema.ts";
import { type CandidateSummary, type FailureMode, failureModes, frontier } from "./summarize.ts";

/** All that a report shows. */
export interface ReportData {
  readonly name: string;
  /** When the report is made, in milliseconds since the epoch. */
  readonly time: number;
  readonly summaries: readonly CandidateSummary[];
  readonly results: readonly Result[];
  readonly scenarios: readonly Scenario[];
  readonly comparison: Comparison;
  /** Cells that were left because the budget was spent. */
  readonly left: number;
}

/** The most cells whose answers the report holds. */
const MAX_DETAILS = 5_000;

/** A report for people: one HTML document that needs nothing else, without scripts. */
export function reportHtml(data: ReportData): string {
  const { name, time, summaries, results, scenarios, comparison, left } = data;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(name)}: evaluation</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<h1>${escapeHtml(name)}</h1>
<p class="lead">${escapeHtml(leadOf(data))}</p>
<p class="meta">${scenarios.length} scenarios, ${summaries.length} candidates, ${results.length} answers checked; ${escapeHtml(new Date(time).toISOString().slice(0, 16).replace("T", " "))} UTC.</p>
${left > 0 ? `<p class="warning">${left} answers are missing: the budget was spent. Run again with a larger one to go on from here.</p>` : ""}
<h2>Candidates</h2>
${candidateTable(summaries)}
<h2>Cost and quality</h2>
<p>Candidates on the line are beaten by no other in cost and pass rate at once. Bars are 95 % intervals.</p>
<figure>${frontierPlot(summaries)}</figure>
<h2>Against the last run</h2>
${comparisonSection(comparison)}
<h2>Failure modes</h2>
${failureSection(failureModes(results), summaries)}
<h2>Scenarios</h2>
${scenarioTable(scenarios, summaries, results)}
<h2>Answers that did not pass</h2>
${answers(results)}
</main>
</body>
</html>
`;
}

function leadOf({ summaries }: ReportData): string {
  const best = frontier(summaries);
  const [cheapest, finest] = [best[0], best.at(-1)];
  if (!cheapest || !finest) return "Nothing was checked.";
  const say = (one: CandidateSummary): string =>
    `${one.name} passes ${percent(one.passRate)}${one.costPerSuccess === undefined ? "" : ` at ${formatDollars(one.costPerSuccess)} a success`}`;
  if (cheapest === finest) return `${say(finest)}, and no other candidate is cheaper or better.`;
  return `${say(finest)}. The cheapest one worth a look: ${say(cheapest)}.`;
}

function candidateTable(summaries: readonly CandidateSummary[]): string {
  return htmlTable<CandidateSummary>(
    [
      { title: "candidate", cell: ({ name }) => `<strong>${escapeHtml(name)}</strong>` },
      { title: "pass rate", cell: rateBar },
      { title: "passed", number: true, cell: ({ passed }) => String(passed) },
      { title: "failed", number: true, cell: ({ failed }) => String(failed) },
      { title: "errors", number: true, cell: ({ errors }) => String(errors) },
      { title: "skipped", number: true, cell: ({ skipped }) => String(skipped) },
      {
        title: "a success costs",
        number: true,
        cell: ({ costPerSuccess }) => (costPerSuccess === undefined ? "–" : formatDollars(costPerSuccess)),
      },
      { title: "all cost", number: true, cell: ({ cost }) => formatDollars(cost) },
      { title: "p50", number: true, cell: ({ p50Ms }) => milliseconds(p50Ms) },
      { title: "p95", number: true, cell: ({ p95Ms }) => milliseconds(p95Ms) },
      {
        title: "answered by",
        cell: ({ targets }) =>
          escapeHtml(targets.map(({ target, count }) => `${target} ${count}`).join(", ") || "nobody"),
      },
    ],
    summaries,
  );
}

function rateBar({ passRate, interval: [lower, upper] }: CandidateSummary): string {
  const x = (share: number): string => (share * 120).toFixed(1);
  return `<span class="rate"><svg class="bar" viewBox="0 0 120 12" aria-hidden="true"><rect class="track" width="120" height="12"/><rect class="fill" width="${x(passRate)}" height="12"/><line class="interval" x1="${x(lower)}" x2="${x(upper)}" y1="6" y2="6"/></svg> ${percent(passRate)}<br><span class="quiet">${percent(lower)}–${percent(upper)}</span></span>`;
}

function comparisonSection({ regressions, improvements, compared, probabilityByChance }: Comparison): string {
  if (compared === 0) return "<p>There is no earlier run of these scenarios to compare with.</p>";
  if (regressions.length === 0 && improvements.length === 0)
    return `<p>No change in ${compared} comparisons.</p>`;
  const chance = `<p>${regressions.length} worse and ${improvements.length} better of ${compared}; so uneven a split comes by chance with probability ${probabilityByChance.toFixed(3)}.</p>`;
  const table = (title: string, changes: readonly Change[]): string =>
    changes.length === 0
      ? ""
      : `<h3>${title}</h3>${htmlTable<Change>(
          [
            { title: "scenario", cell: ({ scenario }) => escapeHtml(scenario) },
            { title: "candidate", cell: ({ candidate }) => escapeHtml(candidate) },
            { title: "before", number: true, cell: ({ before }) => percent(before) },
            { title: "now", number: true, cell: ({ now }) => percent(now) },
            { title: "why", cell: ({ example }) => escapeHtml(reasonOf(example)) },
          ],
          changes.slice(0, 200),
        )}`;
  return chance + table("Worse", regressions) + table("Better", improvements);
}

function failureSection(modes: readonly FailureMode[], summaries: readonly CandidateSummary[]): string {
  if (modes.length === 0) return "<p>Nothing failed.</p>";
  return htmlTable<FailureMode>(
    [
      { title: "what failed first", cell: ({ kind }) => `<code>${escapeHtml(kind)}</code>` },
      { title: "all", number: true, cell: ({ count }) => String(count) },
      ...summaries.map(({ name }) => ({
        title: name,
        number: true,
        cell: ({ byCandidate }: FailureMode) => String(byCandidate.get(name) ?? 0),
      })),
      {
        title: "such as",
        cell: ({ examples }) =>
          `<span class="text">${escapeHtml(examples[0] ? `${examples[0].scenario}: ${reasonOf(examples[0])}` : "")}</span>`,
      },
    ],
    modes,
  );
}

function scenarioTable(
  scenarios: readonly Scenario[],
  summaries: readonly CandidateSummary[],
  results: readonly Result[],
): string {
  const cells = Map.groupBy(results, ({ scenario, candidate }) => `${candidate} ${scenario}`);
  return htmlTable<Scenario>(
    [
      {
        title: "scenario",
        cell: ({ id, title, prompt, turns }) =>
          `<strong>${escapeHtml(id)}</strong><br><span class="quiet text">${escapeHtml(shortened(title ?? prompt ?? turns?.at(-1)?.text ?? "", 120))}</span>`,
      },
      ...summaries.map(({ name }) => ({
        title: name,
        cell: ({ id }: Scenario) => verdict(cells.get(`${name} ${id}`) ?? []),
      })),
    ],
    scenarios,
  );
}

/** In words, too: not everybody tells red from green. */
function verdict(results: readonly Result[]): string {
  if (results.length === 0) return '<span class="quiet">not asked</span>';
  const passed = results.filter(({ status }) => status === "passed").length;
  const word =
    passed === results.length ? "passed" : (results.find(({ status }) => status !== "passed")?.status ?? "");
  const many = results.length > 1 ? ` ${passed}/${results.length}` : "";
  const shown =
    word === "passed" ? word : `${word}${results[0]?.failures[0] ? `: ${results[0].failures[0].kind}` : ""}`;
  return `<span class="${word}">${escapeHtml(shown)}${many}</span>`;
}

function answers(results: readonly Result[]): string {
  const bad = results.filter(({ status }) => status !== "passed");
  if (bad.length === 0) return "<p>All passed.</p>";
  const shown = bad.slice(0, MAX_DETAILS).map((result) => {
    const { scenario, candidate, target, failures, answer, decision } = result;
    const reasons = failures.map(
      ({ kind, message }) => `<li><code>${escapeHtml(kind)}</code> ${escapeHtml(message)}</li>`,
    );
    const by = target ? `${candidate}, answered by ${target}` : candidate;
    return `<details><summary>${escapeHtml(scenario)} <span class="quiet">${escapeHtml(by)}</span></summary><ul>${reasons.join("")}</ul>${answer ? `<pre>${escapeHtml(answer)}</pre>` : ""}${decision ? `<p class="quiet">decision ${escapeHtml(decision)}</p>` : ""}</details>`;
  });
  const more =
    bad.length > MAX_DETAILS ? `<p>And ${bad.length - MAX_DETAILS} more, in the file of results.</p>` : "";
  return shown.join("\n") + more;
}

function reasonOf({ failures }: Result): string {
  return failures[0] ? shortened(`${failures[0].kind}: ${failures[0].message}`, 200) : "";
}

/** At most so many characters, cut between words, and with a sign that something was cut. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most).replace(/\s+\S*$/, "");
  return `${cut}…`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}

function milliseconds(value: number | undefined): string {
  if (value === undefined) return "–";
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(0)} ms`;
}
