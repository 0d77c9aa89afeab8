import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RouteRequestSchema, RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { EngineError } from "../engine/errors.ts";
import { countFields } from "../rpc/count-fields.ts";
import { countJson } from "./count-json.ts";

const complaint = (count: () => void): string => {
  try {
    count();
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
  return "";
};
const ofJson = (text: string): string => complaint(() => countJson(RouteRequestSchema, Buffer.from(text)));
const ofBinary = (bytes: Uint8Array): string =>
  complaint(() => countFields(RouteService.method.route, bytes));
const many = (piece: string, count: number): string => Array(count).fill(piece).join(",");
const nested = (tag: number, bytes: Uint8Array): Uint8Array =>
  new BinaryWriter().tag(tag, WireType.LengthDelimited).bytes(bytes).finish();
/** Empty messages of one field, of two bytes each. */
const empties = (tag: number, count: number): Uint8Array =>
  new Uint8Array(count * 2).map((_byte, at) => (at % 2 === 0 ? (tag << 3) | WireType.LengthDelimited : 0));

describe("counting a request before it is parsed", () => {
  it.each([
    ["turns", `{"input":{"turns":[${many("{}", 50_000)}]}}`, "input.turns: has more than 1000 turns"],
    [
      "escaped keys",
      `{"inp\\u0075t":{"t\\u0075rns":[${many("{}", 50_000)}]}}`,
      "input.turns: has more than 1000 turns",
    ],
    [
      "parts",
      `{"input":{"turns":[{},{"parts":[${many("{}", 50_000)}]}]}}`,
      "input.turns[1].parts: has more than 256 parts",
    ],
    ["tools", `{"input":{"tools":[${many("{}", 50_000)}]}}`, "input.tools: has more than 128 tools"],
    ["what nobody knows", `{"x":[${many("[]", 100_001)}]}`, "the request: has more than 100000 members"],
    [
      "lists of lists",
      `{"x":[${many(`[${many("1", 90_000)}]`, 12)}]}`,
      "the request: has more than 1000000 values",
    ],
  ])("finds too many: %s", (_name, text, wanted) => {
    expect(ofJson(text)).toBe(wanted);
  });

  it.each([
    ["turns", nested(2, empties(1, 50_000)), "input.turns: has more than 1000 turns"],
    ["parts", nested(2, nested(1, empties(2, 50_000))), "input.turns[0].parts: has more than 256 parts"],
    ["labels", nested(2, empties(7, 150_000)), "input.labels: has more than 100000 members"],
    ["what nobody knows", empties(15, 1_000_001), "the request: has more than 1000000 values"],
  ])("finds too many in binary: %s", (_name, bytes, wanted) => {
    expect(ofBinary(bytes)).toBe(wanted);
  });

  it("lets pass as much as the contract allows, and texts that look like lists", () => {
    const turn = `{"role":"ROLE_USER","parts":[${many('{"text":"a"}', 256)}]}`;
    expect(ofJson(`{"input":{"turns":[${many(turn, 1_000)}]}}`)).toBe("");
    const text = JSON.stringify(`[${many("{}", 50_000)}] \\" \\\\`);
    expect(ofJson(`{"input":{"turns":[{"role":"ROLE_USER","parts":[{"text":${text}}]}]}}`)).toBe("");
    const part = { content: { case: "text" as const, value: "a" } };
    const turns = Array.from({ length: 1_000 }, () => ({ parts: Array(256).fill(part) }));
    expect(ofBinary(toBinary(RouteRequestSchema, create(RouteRequestSchema, { input: { turns } })))).toBe("");
  });

  it("never fails on what is no JSON and no message", () => {
    const filler = " ".repeat(40_000);
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.stringMatching(/^[{}[\],:"\\]*$/)), (text) => {
        expect(ofJson(filler + text)).toBe("");
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(ofBinary(Buffer.concat([nested(15, new Uint8Array(40_000)), bytes]))).toBe("");
      }),
    );
  });

  it("takes less time than to parse a fraction of it", () => {
    const body = `{"input":{"turns":[${many("{}", 1_000_000)}]}}`;
    const best = (work: () => void): number =>
      Math.min(
        ...Array.from({ length: 3 }, () => {
          const started = performance.now();
          work();
          return performance.now() - started;
        }),
      );
    expect(best(() => ofJson(body))).toBeLessThan(best(() => JSON.parse(body)));
  });
});
