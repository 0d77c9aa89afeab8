import { readFileSync } from "node:fs";

/** The tensors of a weight file by name, and what the file says about itself. */
export interface TensorFile {
  meta: Readonly<Record<string, unknown>>;
  /** A tensor of small integers with one scale a row. Throws ClassifyError if there is none of that name. */
  quantised(name: string): Quantised;
  /** A tensor of plain numbers, flat. Throws ClassifyError if there is none of that name. */
  numbers(name: string): Float32Array;
  /** A list of hashes. Throws ClassifyError if there is none of that name. */
  hashes(name: string): Uint32Array;
}

/** A matrix of int8: the value at (row, column) is `values[row * columns + column] * scales[row]`. */
export interface Quantised {
  rows: number;
  columns: number;
  values: Int8Array;
  scales: Float32Array;
}

/** Why the classifier could not be made. */
export class ClassifyError extends Error {
  readonly kind: "weights_missing" | "weights_invalid";

  constructor(kind: ClassifyError["kind"], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ClassifyError";
    this.kind = kind;
  }
}

interface Entry {
  name: string;
  kind: "int8" | "float32" | "uint32";
  shape: number[];
  offset: number;
}

/**
 * Read a weight file: a little-endian uint32 length, a JSON header {meta, tensors} of that length, then the data.
 * Throws ClassifyError if the file cannot be read or is not of this form.
 */
export function readTensorFile(path: URL): TensorFile {
  const bytes = readBytes(path);
  const headerLength = bytes.readUInt32LE(0);
  const header = parseHeader(bytes.subarray(4, 4 + headerLength).toString("utf8"));
  // A copy, so that the numbers start at an address that a Float32Array may start at.
  const data = new Uint8Array(bytes.subarray(4 + headerLength)).buffer;
  const find = (name: string, kind: Entry["kind"]): Entry => {
    const entry = header.tensors.find((tensor) => tensor.name === name && tensor.kind === kind);
    if (entry === undefined)
      throw new ClassifyError("weights_invalid", `The weight file has no tensor "${name}".`);
    return entry;
  };
  const numbers = (name: string): Float32Array => {
    const entry = find(name, "float32");
    return new Float32Array(data, entry.offset, size(entry));
  };
  return {
    meta: header.meta,
    numbers,
    hashes: (name) => {
      const entry = find(name, "uint32");
      return new Uint32Array(data, entry.offset, size(entry));
    },
    quantised: (name) => {
      const entry = find(name, "int8");
      const [rows = 0, columns = 0] = entry.shape;
      const values = new Int8Array(data, entry.offset, size(entry));
      return { rows, columns, values, scales: numbers(`${name}.scales`) };
    },
  };
}

function readBytes(path: URL): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ClassifyError("weights_missing", `The weight file ${path.pathname} cannot be read.`, cause);
  }
}

function parseHeader(text: string): { meta: Record<string, unknown>; tensors: Entry[] } {
  try {
    return JSON.parse(text) as { meta: Record<string, unknown>; tensors: Entry[] };
  } catch (cause) {
    throw new ClassifyError("weights_invalid", "The header of the weight file is not JSON.", cause);
  }
}

function size(entry: Entry): number {
  return entry.shape.reduce((product, length) => product * length, 1);
}
