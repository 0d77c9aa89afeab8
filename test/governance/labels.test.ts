import { toJsonString } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { as, ask, keyConfig, startService, targetAt } from "./service.ts";

it("a secret in a label is in no record, and other labels stay", async () => {
  await using service = await startService("name: x\nrules: [{ id: a, log: full }]\n", (provider) => ({
    targets: [targetAt(provider, "one")],
    keys: [keyConfig("acme", "acme")],
  }));
  const secret = `ghp_${"GcDQDBzJ7Uh5jkqd5pjd9GWaJkmRMPjtndWp"}`;
  const input = ask("hello", { labels: { note: secret, team: "blue" } });
  const { decision } = await service.grpc.unary(RouteService.method.route, { input }, as("acme"));
  const request = { decisionId: decision?.id ?? "" };
  const { record } = await service.grpc.unary(AuditService.method.getRecord, request, as("acme"));
  expect(record?.decision?.facts?.labels).toEqual({ note: "[GITHUB_TOKEN]", team: "blue" });
  expect(record && toJsonString(RecordSchema, record)).not.toContain(secret);
}, 60_000);
