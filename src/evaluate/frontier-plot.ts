import { formatDollars } from "../lib/money.ts";
import { escapeHtml } from "./html.ts";
import { type CandidateSummary, costEach, frontier } from "./summarize.ts";

const WIDTH = 760;
const HEIGHT = 380;
const MARGIN = { left: 64, right: 150, top: 20, bottom: 52 };

/**
 * Cost a scenario against pass rate, as SVG: a dot with its 95 % interval for each candidate, and a line through those
 * that no other beats in both.
 */
export function frontierPlot(summaries: readonly CandidateSummary[]): string {
  const most = Math.max(...summaries.map(costEach), 1e-9) * 1.05;
  const x = (cost: number): number => MARGIN.left + (cost / most) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (rate: number): number => HEIGHT - MARGIN.bottom - rate * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const best = frontier(summaries);
  const onLine = new Set(best);
  const line = best.map((one, index) => {
    const [left, top] = [x(costEach(one)).toFixed(1), y(one.passRate).toFixed(1)];
    // Between two candidates one can mix, but what is measured are steps.
    return index === 0 ? `M${left} ${top}` : `H${left}V${top}`;
  });
  const last = best.at(-1);
  const rest = last ? `H${(WIDTH - MARGIN.right).toFixed(1)}` : "";
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Cost a scenario against pass rate">`,
    ...[0, 0.25, 0.5, 0.75, 1].map((rate) => horizontal(rate, y(rate))),
    ...roundSteps(most).map((cost) => vertical(cost, x(cost))),
    `<text class="axis" x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">cost a scenario</text>`,
    `<text class="axis" transform="translate(16 ${(HEIGHT - MARGIN.bottom) / 2}) rotate(-90)" text-anchor="middle">pass rate</text>`,
    `<path class="frontier" d="${line.join("")}${rest}"/>`,
    ...placeLabels(summaries, (one) => y(one.passRate)).map(({ summary, labelY }) =>
      dot(summary, { cx: x(costEach(summary)), cy: y(summary.passRate), labelY, y }, onLine.has(summary)),
    ),
    "</svg>",
  ].join("\n");
}

/** Some round numbers from 0 to at most the given one. */
function roundSteps(most: number): number[] {
  const size = 10 ** Math.floor(Math.log10(most / 4));
  const step = [1, 2, 5, 10].map((times) => times * size).find((one) => most / one <= 5) ?? most;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

function horizontal(rate: number, y: number): string {
  const at = y.toFixed(1);
  return `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/><text class="tick" x="${MARGIN.left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${rate * 100} %</text>`;
}

function vertical(cost: number, x: number): string {
  return `<text class="tick" x="${x.toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${formatDollars(cost)}</text>`;
}

/** Labels of candidates that lie close to each other are moved apart, downwards. */
function placeLabels(
  summaries: readonly CandidateSummary[],
  y: (summary: CandidateSummary) => number,
): { readonly summary: CandidateSummary; readonly labelY: number }[] {
  let lowest = Number.NEGATIVE_INFINITY;
  return summaries
    .toSorted((left, right) => y(left) - y(right))
    .map((summary) => {
      // Above the dot, where the line does not run through it.
      lowest = Math.max(y(summary) - 10, lowest + 15);
      return { summary, labelY: lowest };
    });
}

function dot(
  summary: CandidateSummary,
  at: {
    readonly cx: number;
    readonly cy: number;
    readonly labelY: number;
    readonly y: (rate: number) => number;
  },
  best: boolean,
): string {
  const [lower, upper] = summary.interval;
  const left = at.cx.toFixed(1);
  return [
    `<line class="interval" x1="${left}" x2="${left}" y1="${at.y(lower).toFixed(1)}" y2="${at.y(upper).toFixed(1)}"/>`,
    `<circle class="${best ? "best" : "beaten"}" cx="${left}" cy="${at.cy.toFixed(1)}" r="5"><title>${escapeHtml(summary.name)}: ${(summary.passRate * 100).toFixed(1)} % at ${formatDollars(costEach(summary))}</title></circle>`,
    `<text class="label" x="${(at.cx + 10).toFixed(1)}" y="${(at.labelY + 2).toFixed(1)}">${escapeHtml(summary.name)}</text>`,
  ].join("");
}
