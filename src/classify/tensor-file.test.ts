import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { ClassifyError, readTensorFile } from "./tensor-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tensors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, header: string, data: Uint8Array): URL {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(header));
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), data]));
  return pathToFileURL(path);
}

test("reads numbers and matrices with a scale for each row, wherever the data begins", () => {
  const header = JSON.stringify({
    meta: { rules: 0.5 },
    tensors: [
      { name: "m.scales", kind: "float32", shape: [2], offset: 0 },
      { name: "m", kind: "int8", shape: [2, 3], offset: 8 },
    ],
  });
  const scales = new Uint8Array(Float32Array.of(0.5, 2).buffer);
  const read = readTensorFile(file("good.bin", header, Uint8Array.of(...scales, 1, 2, 3, 255, 0, 127)));
  expect(read.meta.rules).toBe(0.5);
  const { rows, columns, values, scales: found } = read.quantised("m");
  expect([rows, columns, ...values, ...found]).toEqual([2, 3, 1, 2, 3, -1, 0, 127, 0.5, 2]);
  expect(() => read.numbers("m")).toThrow(ClassifyError);
  expect(() => read.quantised("other")).toThrow('no tensor "other"');
});

test("says what is wrong with a file", () => {
  const missing = () => readTensorFile(pathToFileURL(join(folder, "missing.bin")));
  expect(missing).toThrow(expect.objectContaining({ kind: "weights_missing" }));
  const broken = file("broken.bin", "{", new Uint8Array());
  expect(() => readTensorFile(broken)).toThrow(expect.objectContaining({ kind: "weights_invalid" }));
});
