import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { Client, credentials } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ScriptSchema } from "#gen/pointsman/testing/v1/route_case_pb.ts";
import { AuditService } from "#gen/pointsman/v1/audit_service_pb.ts";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import { StreamService } from "#gen/pointsman/v1/stream_service_pb.ts";
import { createApp } from "../../src/app.ts";
import { createServiceLog } from "../../src/service-log.ts";
import { startChildService } from "../support/child-service.ts";
import { CallFailure, createConnectClient, createGrpcClient, type DoorClient } from "../support/clients.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";
import { inputOf } from "../support/service.ts";

const { route } = RouteService.method;
const quiet = 'rules: [{ id: quiet, refuse: { message: "Nothing to say." } }]\n';

function configOf(provider: ScriptedProvider, more: object = {}): Record<string, unknown> {
  const target = {
    id: "scripted",
    provider: "openai",
    model: "scripted",
    base_url: provider.baseUrl,
    api_key: "sk-test",
  };
  return { targets: [target], ...more };
}

function clientsOf({ grpc, http }: { grpc: string; http: string }): [DoorClient, DoorClient] {
  return [createGrpcClient(grpc), createConnectClient(http)];
}

describe("SIGTERM", () => {
  it("lets what is under way end, refuses what is new, says NOT_SERVING, and exits with 0", async () => {
    await using provider = await startScriptedProvider();
    provider.play([create(ScriptSchema, { texts: ["Done in time."] })]);
    const answer = provider.hold();
    // Far more time than it may take: what ends the service must be that nothing is under way any more.
    const config = configOf(provider, { server: { drain_ms: 600_000 } });
    await using service = await startChildService(config, "rules: []\n");
    const clients = clientsOf(service);
    const health = new Client(service.grpc, credentials.createInsecure());
    const same = (bytes: Buffer): Buffer => bytes;
    const states: number[] = [];
    const watch = health.makeServerStreamRequest("/grpc.health.v1.Health/Watch", same, same, Buffer.alloc(0));
    watch.on("data", (bytes: Buffer) => states.push(bytes[1] ?? 0)).on("error", () => undefined);

    // A follower of the ledger has no end of its own; it must not hold the service up.
    const following = followLedger(clients[0]);
    const answers = clients.flatMap((client) => [
      client
        .unary(route, { input: inputOf("Whole, please.") })
        .then(({ completion }) => completion?.parts[0]?.content.value),
      textOf(client),
    ]);
    while (provider.bodies.length < 4 || states.length < 1) await sleep(20);
    service.child.kill("SIGTERM");
    await service.logged("draining");
    expect((await fetch(`http://${service.http}/readyz`)).status).toBe(503);
    for (const client of clients) {
      const failure = await failureOf(client.unary(route, { input: inputOf("Too late.") }));
      expect(failure).toMatchObject({ code: "UNAVAILABLE", reason: "SHUTTING_DOWN" });
    }
    answer();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 4 }, () => "Done in time."));
    expect((await following)?.code).toBe("UNAVAILABLE");
    expect(await service.ended).toBe(0);
    await expect.poll(() => states).toEqual([1, 2]);
    health.close();
    for (const client of clients) client.close();
  });

  it("said twice ends the service at once; what was under way is closed as interrupted at the next start", async () => {
    await using provider = await startScriptedProvider();
    provider.play([create(ScriptSchema, { texts: ["Never whole"] })]);
    const answer = provider.hold();
    const config = configOf(provider, { server: { drain_ms: 600_000 } });
    await using service = await startChildService(config, "rules: []\n");
    const [client] = clientsOf(service);
    const stream = failureOf(textOf(client));
    while (provider.bodies.length < 1) await sleep(20);
    service.child.kill("SIGTERM");
    await service.logged("draining");
    expect(service.child.exitCode).toBe(null);
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe(1);
    await stream;
    answer();
    client.close();
    const again = await createApp(service.folder.load(), createServiceLog("silent"));
    const auditor = createGrpcClient(again.grpcAddress);
    const { records } = await auditor.unary(AuditService.method.listRecords, {});
    expect(records.map(({ completion }) => completion?.state)).toEqual([CompletionState.INTERRUPTED]);
    auditor.close();
    await again.close(0);
  });
});

describe("a reload", () => {
  it("comes by SIGHUP and by a change of a file, and a bad one changes nothing", async () => {
    await using provider = await startScriptedProvider();
    provider.play([create(ScriptSchema, { texts: ["An answer."] })]);
    await using service = await startChildService(configOf(provider), quiet);
    const [client] = clientsOf(service);
    const messageNow = async (): Promise<string> => {
      const { completion } = await client.unary(route, { input: inputOf("Well?") });
      return completion?.message || String(completion?.parts[0]?.content.value);
    };
    expect(await messageNow()).toBe("Nothing to say.");

    // The file is watched: no signal is needed.
    service.folder.writePolicy(quiet.replace("Nothing to say.", "Still nothing."));
    await service.logged("configuration reloaded");
    expect(await messageNow()).toBe("Still nothing.");

    service.folder.writePolicy('rules: [{ id: broken, when: "no_such_fact > 1", deny: { message: "x" } }]\n');
    await service.logged("no_such_fact");
    expect(service.log()).toContain("configuration refused");
    expect(await messageNow()).toBe("Still nothing.");
    service.writeConfig({ targets: [{ id: "Bad Id", provider: "nobody" }], unheard_of: true });
    await service.logged("unheard_of");
    expect(await messageNow()).toBe("Still nothing.");
    expect((await fetch(`http://${service.http}/readyz`)).status).toBe(200);

    service.folder.writePolicy("rules: []\n");
    service.writeConfig(configOf(provider));
    service.child.kill("SIGHUP");
    await expect.poll(messageNow).toBe("An answer.");
    client.close();
  });

  it("puts other keys into force, and names what waits for a restart", async () => {
    await using provider = await startScriptedProvider();
    provider.play([create(ScriptSchema, { texts: ["An answer."] })]);
    const keyOf = (id: string): string => `pm_${id}_${"k3Y9".repeat(11)}`;
    const withKey = (id: string): object => ({
      ...configOf(provider),
      identity: { anonymous: "never" },
      keys: [{ id, key: keyOf(id), tenant: "acme" }],
    });
    await using service = await startChildService({ ...withKey("former") }, "rules: []\n");
    const ask = (key: string): Promise<number> =>
      fetch(`http://${service.http}/pointsman.v1.RouteService/Explain`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify({ input: { turns: [{ role: "ROLE_USER", parts: [{ text: "Well?" }] }] } }),
      }).then(({ status }) => status);
    expect(await ask(keyOf("former"))).toBe(200);
    expect(await ask(keyOf("next"))).toBe(401);

    service.writeConfig({ ...withKey("next"), breaker: { window_ms: 12_345 } });
    await service.logged("in force only after a restart: breaker");
    expect(await ask(keyOf("former"))).toBe(401);
    expect(await ask(keyOf("next"))).toBe(200);
  });

  it("leaves a request that is under way in its own world", async () => {
    await using provider = await startScriptedProvider();
    provider.play([create(ScriptSchema, { texts: ["Old world."] })]);
    const answer = provider.hold();
    await using service = await startChildService(configOf(provider), "rules: []\n");
    const clients = clientsOf(service);
    const answers = clients.map((client) => textOf(client));
    while (provider.bodies.length < 2) await sleep(20);
    service.folder.writePolicy(quiet);
    service.writeConfig({ targets: [] });
    await service.logged("configuration reloaded");
    answer();
    expect(await Promise.all(answers)).toEqual(["Old world.", "Old world."]);
    for (const client of clients) {
      const { completion } = await client.unary(route, { input: inputOf("And now?") });
      expect(completion?.message).toBe("Nothing to say.");
      client.close();
    }
  });
});

it("a start with a bad configuration ends with 2 and names every mistake", async () => {
  const start = startChildService({ targets: [{ id: "Bad Id" }], unheard_of: true }, quiet);
  await expect(start).rejects.toThrow(/exit code 2:.*targets\[0\]\.id.*unheard_of/s);
});

async function textOf(client: DoorClient): Promise<string> {
  let text = "";
  for await (const { event } of client.stream(StreamService.method.streamRoute, {
    input: inputOf("Streamed, please."),
  }))
    if (event.case === "textDelta") text += event.value.text;
  return text;
}

async function followLedger(client: DoorClient): Promise<CallFailure | undefined> {
  try {
    for await (const _entry of client.stream(AuditService.method.watchEntries, {}));
    return undefined;
  } catch (error) {
    return error instanceof CallFailure ? error : undefined;
  }
}

async function failureOf(promise: Promise<unknown>): Promise<CallFailure> {
  const failure: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof CallFailure) return failure;
  throw new Error("the call should have failed", { cause: failure });
}
