import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DescFile } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { file_pointsman_v1_audit_service } from "#gen/pointsman/v1/audit_service_pb.ts";
import { ErrorReason, ErrorReasonSchema } from "#gen/pointsman/v1/error_reason_pb.ts";
import { file_pointsman_v1_route_service } from "#gen/pointsman/v1/route_service_pb.ts";
import { file_pointsman_v1_stream_service } from "#gen/pointsman/v1/stream_service_pb.ts";
import { Code } from "../../src/rpc/code.ts";
import { CODE_OF_REASON } from "../../src/rpc/errors.ts";

const contract = new URL("../../proto/pointsman/v1/", import.meta.url);
const protos = readdirSync(contract)
  .filter((name) => name.endsWith(".proto"))
  .map((name) => ({ name, text: readFileSync(new URL(name, contract), "utf8") }));
const documentation = readFileSync(fileURLToPath(new URL("../../docs/errors.md", import.meta.url)), "utf8");

const services: readonly DescFile[] = [
  file_pointsman_v1_route_service,
  file_pointsman_v1_stream_service,
  file_pointsman_v1_audit_service,
];
const reasons = ErrorReasonSchema.values.filter(({ number }) => number !== ErrorReason.UNSPECIFIED);

describe("error reasons", () => {
  it.each(reasons.map(({ name, number }) => ({ name, number })))(
    "$name has a code, an example and a line in the documentation",
    ({ name, number }) => {
      const code = CODE_OF_REASON.get(number as ErrorReason);
      const codeName = Object.entries(Code).find(([, value]) => value === code)?.[0];
      expect(codeName).toBeDefined();
      expect(commentsBefore(`${name} =`, "error_reason.proto").join(" ")).toMatch(/Example/);
      expect(documentedCodeOf(name)).toBe(codeName);
    },
  );

  it("maps and documents nothing that the contract does not know", () => {
    const numbers = new Set<number>(reasons.map(({ number }) => number));
    expect([...CODE_OF_REASON.keys()].filter((reason) => !numbers.has(reason))).toEqual([]);
    const names = new Set(reasons.map(({ name }) => name.replace("ERROR_REASON_", "")));
    const rows = [...documentation.matchAll(/^\|[^|]+\|[^|]+\| *`([A-Z_]+)` *\|/gm)].map(
      ([, name = ""]) => name,
    );
    expect(rows.filter((name) => !names.has(name))).toEqual([]);
    expect(rows.length).toBe(names.size);
  });
});

describe("rpcs", () => {
  const methods = services.flatMap(({ services: own }) => own.flatMap((service) => service.methods));

  it("are all here", () => {
    const written = protos.reduce((count, { text }) => count + [...text.matchAll(/^ {2}rpc /gm)].length, 0);
    expect(methods.length).toBe(written);
    expect(methods.length).toBeGreaterThanOrEqual(12);
  });

  it("say in the text what a repeat of each does, or say in the comment that it is not safe", () => {
    const silent = methods.filter(({ name, idempotency }) => {
      const text = protos.find((proto) => proto.text.includes(`rpc ${name}(`))?.text ?? "";
      const body = text.slice(text.indexOf(`rpc ${name}(`)).split("}")[0] ?? "";
      return !body.includes("idempotency_level") || !(idempotency in MethodOptions_IdempotencyLevel);
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it("have no side effects where they only read", () => {
    const reads = methods.filter(
      ({ name, methodKind }) => /^(Get|List|Explain|Sum|Sim)/.test(name) && methodKind === "unary",
    );
    expect(reads.length).toBeGreaterThanOrEqual(6);
    expect(
      reads.filter(({ idempotency }) => idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS),
    ).toEqual([]);
  });
});

describe("comments of the contract", () => {
  it.each(protos)("$name: each field has one that ends in a full stop", ({ text }) => {
    expect(undocumentedFields(text)).toEqual([]);
  });

  it("finds a field without a comment, and one whose comment does not end", () => {
    const text =
      "message A {\n  string bare = 1;\n  // No end\n  string open = 2;\n  // Good.\n  string good = 3;\n}\n";
    expect(undocumentedFields(text)).toEqual(["string bare = 1;", "string open = 2;"]);
  });
});

function undocumentedFields(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line, index) => {
    const isField =
      /^(optional |repeated )?[\w.<>, ]+ \w+ = \d+( \[.*)?;?$/.test(line) &&
      !/^(option|reserved|syntax|package)\b/.test(line);
    const above = lines[index - 1] ?? "";
    return isField && !(above.startsWith("//") && above.endsWith("."));
  });
}

function commentsBefore(start: string, name: string): string[] {
  const lines = (protos.find((proto) => proto.name === name)?.text ?? "")
    .split("\n")
    .map((line) => line.trim());
  const at = lines.findIndex((line) => line.startsWith(start));
  const comments: string[] = [];
  for (let index = at - 1; index >= 0 && lines[index]?.startsWith("//"); index--)
    comments.unshift(lines[index] ?? "");
  return comments;
}

function documentedCodeOf(reason: string): string | undefined {
  const short = reason.replace("ERROR_REASON_", "");
  const line = documentation
    .split("\n")
    .find((candidate) => candidate.split("|")[3]?.trim() === `\`${short}\``);
  return line?.split("|")[2]?.trim().replaceAll("`", "");
}
