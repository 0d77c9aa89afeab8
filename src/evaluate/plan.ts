import { sha256Hex } from "../lib/digest.ts";
import type { Candidate } from "./candidate.ts";
import type { Result } from "./results.ts";
import type { Scenario, ScenarioFile } from "./scenario-schema.ts";

/** One scenario, asked once of one candidate. */
export interface Cell {
  /** The same for the same scenario, candidate and repetition. */
  readonly id: string;
  readonly scenario: Scenario;
  readonly candidate: Candidate;
  readonly repetition: number;
}

/** All cells of an evaluation: scenario by scenario, so that an evaluation that ends early has compared like with like. */
export function planCells(
  { scenarios, repeat }: Pick<ScenarioFile, "scenarios" | "repeat">,
  candidates: readonly Candidate[],
): Cell[] {
  return Array.from({ length: repeat }, (_, repetition) =>
    scenarios.flatMap((scenario) =>
      candidates.map((candidate) => ({
        id: cellId(scenario, candidate, repetition),
        scenario,
        candidate,
        repetition,
      })),
    ),
  ).flat();
}

/** The results that cells already have. Errors and skips are worked on again: they said nothing about the candidate. */
export function settledCells(cells: readonly Cell[], reusable: readonly Result[]): Map<string, Result> {
  const wanted = new Set(cells.map(({ id }) => id));
  const settled = reusable.filter(({ cell, status }) => wanted.has(cell) && /^(passed|failed)$/.test(status));
  return new Map(settled.map((result) => [result.cell, result]));
}

function cellId(scenario: Scenario, { name, fingerprint }: Candidate, repetition: number): string {
  const { title: _said, ...asked } = scenario;
  return sha256Hex(JSON.stringify([asked, name, fingerprint, repetition])).slice(0, 32);
}
