import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toJsonString } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { RecordSchema } from "#gen/pointsman/v1/record_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import type { CallFailure } from "../support/clients.ts";
import { createValueFinder } from "./find-values.ts";
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
});

it("personal data in a label is in no record, whatever is kept of the content; names of teams stay", async () => {
  await using service = await startService("name: x\nrules: [{ id: a, log: none }]\n", (provider) => ({
    targets: [targetAt(provider, "one")],
    keys: [keyConfig("acme", "acme")],
  }));
  const labels = { owner: "ann.miller@example.org", iban: "DE89370400440532013000", team: "Paris Hilton" };
  const { decision } = await service.grpc.unary(
    RouteService.method.route,
    { input: ask("hello", { labels }) },
    as("acme"),
  );
  const request = { decisionId: decision?.id ?? "" };
  const { record } = await service.grpc.unary(AuditService.method.getRecord, request, as("acme"));
  expect(record?.decision?.facts?.labels).toEqual({ owner: "[EMAIL]", iban: "[IBAN]", team: "Paris Hilton" });
});

it("an id that holds a secret or a mailbox is refused before anything is stored or sent", async () => {
  await using service = await startService("name: x\nrules: [{ id: a, log: full }]\n", (provider) => ({
    targets: [targetAt(provider, "one")],
    keys: [keyConfig("acme", "acme")],
  }));
  const secret = `ghp_${"GcDQDBzJ7Uh5jkqd5pjd9GWaJkmRMPjtndWp"}`;
  const mailbox = "ann.miller@example.org";
  const requests = [
    { requestId: secret, input: ask("hello") },
    { requestId: "", input: ask("hello", { conversationId: `chat with ${mailbox}` }) },
  ];
  const fields = ["request_id", "input.conversation_id"];
  for (const [index, request] of requests.entries())
    for (const door of [service.grpc, service.http])
      for (const method of [RouteService.method.route, RouteService.method.explain]) {
        if (index === 0 && method === RouteService.method.explain) continue;
        const failure = await door.unary(method, request, as("acme")).then(
          () => undefined,
          (error: CallFailure) => error,
        );
        expect([failure?.code, failure?.reason]).toEqual(["INVALID_ARGUMENT", "INVALID_REQUEST"]);
        expect(failure?.message).toContain(fields[index]);
        expect(failure?.message).not.toMatch(/ghp_|ann/);
      }
  expect(service.provider.seen).toEqual([]);
  await service.stop();
  const find = createValueFinder([secret, mailbox]);
  expect(find(Buffer.from(service.logText()))).toEqual([]);
  for (const file of readdirSync(service.dataFolder, { recursive: true, withFileTypes: true }))
    if (file.isFile()) expect(find(readFileSync(join(file.parentPath, file.name)))).toEqual([]);
});
