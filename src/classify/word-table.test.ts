import { describe, expect, it } from "vitest";
import type { TensorFile } from "./tensor-file.ts";
import { loadWordTable } from "./word-table.ts";

function file(hashes: number[], rows: number[][], columns = 2): TensorFile {
  return {
    meta: {},
    hashes: () => Uint32Array.from(hashes),
    numbers: () => new Float32Array(columns).fill(2),
    quantised: () => ({
      rows: rows.length,
      columns,
      values: Int8Array.from(rows.flat()),
      scales: new Float32Array(rows.length).fill(0.5),
    }),
  };
}

const tableOf = (made: TensorFile): ReturnType<typeof loadWordTable> => loadWordTable(made, 2);

describe("the table of word sequences", () => {
  it("adds what known sequences say, divided by the root of how many are known", () => {
    const table = tableOf(
      file(
        [7, 4_000_000_000],
        [
          [1, -2],
          [3, 4],
        ],
      ),
    );
    const sums = table.sums(Uint32Array.of(7, 99, 4_000_000_000));
    expect(sums[0]).toBeCloseTo((1 + 3) / Math.SQRT2);
    expect(sums[1]).toBeCloseTo((-2 + 4) / Math.SQRT2);
    expect(table.known(Uint32Array.of(7, 99, 4_000_000_000))).toBe(2);
  });

  it("says nothing of what it does not know", () => {
    const table = tableOf(file([7], [[1, -2]]));
    expect([...table.sums(Uint32Array.of(8))]).toEqual([0, 0]);
    expect(table.weight(8, 0)).toBe(0);
    expect(table.weight(7, 1)).toBe(-2);
    expect(table.known(new Uint32Array())).toBe(1);
  });

  it("finds each of many hashes that meet in few places", () => {
    const hashes = Array.from({ length: 500 }, (_, index) => index * 65_536);
    const table = tableOf(
      file(
        hashes,
        hashes.map((_, index) => [index % 100, 1]),
      ),
    );
    hashes.forEach((hash, index) => {
      expect(table.weight(hash, 0)).toBe(index % 100);
    });
  });

  it("refuses a file whose parts do not belong together", () => {
    expect(() => tableOf(file([7, 8], [[1, 2]]))).toThrow("of every word sequence");
    expect(() => loadWordTable(file([7], [[1, 2]]), 3)).toThrow("for every output");
  });
});
