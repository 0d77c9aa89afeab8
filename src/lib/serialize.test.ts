import { create, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RouteResponseSchema, RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { compileSerializer } from "./serialize.ts";

test.each([RouteService, StreamService, AuditService].flatMap(({ methods }) => methods))(
  "$name answers with messages that can be serialized",
  ({ output }) => {
    expect([...compileSerializer(output)(create(output))]).toEqual([]);
  },
);

test("every message has bytes of its own, whatever came before and comes after", () => {
  const serialize = compileSerializer(RouteResponseSchema);
  const sizes = [10, 1_000_000, 0, 70_000, 3];
  const messages = sizes.map((size) =>
    create(RouteResponseSchema, { completion: { message: "m".repeat(size) } }),
  );
  const serialized = messages.map(serialize);
  for (const [index, message] of messages.entries())
    expect(serialized[index]?.equals(toBinary(RouteResponseSchema, message))).toBe(true);
});
